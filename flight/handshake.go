package flight

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"

	arrowflight "github.com/apache/arrow-go/v18/arrow/flight"
	pb "github.com/apache/arrow-go/v18/arrow/flight/gen/flight"
	"google.golang.org/protobuf/proto"

	"github.com/lakegate/lakegate/auth"
)

const handshakeMethod = "/arrow.flight.protocol.FlightService/Handshake"

// maxHandshake is how large the payload of a handshake may be.
const maxHandshake = 16 << 10

// errNoTokens: the settings have handshakes give out no tokens.
var errNoTokens = errors.New("this server gives out no tokens of its own; send the credential with each call")

// Handshake judges the credential of the call's header or, where there is none, the
// one in the first message, as Arrow's oldest clients send it, or, without either,
// the certificate. It gives the token to be used from then on in header and trailer, since some clients
// read the one, some the other, and to the oldest also as a message.
func (s *service) Handshake(stream arrowflight.FlightService_HandshakeServer) error {
	ctx := stream.Context()
	c := callOf(ctx)
	shown, err := shownBy(ctx, c)
	if err != nil {
		return err
	}
	inMessage := false
	if len(shown.Authorization) == 0 {
		if shown.Certificate == nil {
			if err := s.rates.stranger(c); err != nil {
				return err
			}
		}
		if shown.Authorization, err = s.firstCredential(ctx, stream); err != nil {
			return err
		}
		inMessage = len(shown.Authorization) > 0
	}
	answer, err := s.cfg.Auth.Login(ctx, shown)
	if err != nil {
		return err
	}
	c.is(answer.Principal)
	if err := s.rates.admitted(c.owner); err != nil {
		return err
	}
	c.conn.admit()
	if answer.Token == "" {
		return errNoTokens
	}
	if err := s.auditLogin(ctx, c); err != nil {
		return err
	}
	md := answered(answer)
	if err := stream.SetHeader(md); err != nil {
		return fmt.Errorf("answer the handshake: %w", err)
	}
	stream.SetTrailer(md)
	if !inMessage {
		return nil
	}
	return stream.Send(&arrowflight.HandshakeResponse{Payload: []byte(answer.Token)})
}

// firstCredential is the user and password in the first message of a handshake,
// a BasicAuth (Flight.proto), as the authorization value; none for an empty message
// or a client that has nothing to send.
func (s *service) firstCredential(ctx context.Context, stream arrowflight.FlightService_HandshakeServer) ([]string, error) {
	m, err := firstOf(ctx, s.cfg.Limits.FirstMessage, stream.Recv)
	switch {
	case errors.Is(err, io.EOF):
		return nil, nil
	case err != nil:
		return nil, err
	case len(m.GetPayload()) == 0:
		return nil, nil
	case len(m.GetPayload()) > maxHandshake:
		return nil, requestf("the handshake's payload is larger than %d bytes", maxHandshake)
	}
	var basic pb.BasicAuth
	if err := proto.Unmarshal(m.GetPayload(), &basic); err != nil || basic.GetUsername() == "" {
		return nil, auth.ErrUnauthenticated
	}
	return []string{"Basic " + base64.StdEncoding.EncodeToString([]byte(basic.GetUsername()+":"+basic.GetPassword()))}, nil
}
