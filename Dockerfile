# The steps are scripts that run without Docker too: .ci/run builds the same root
# file system and starts the server from it.
#
# The base is pinned by tag; replace it by tag@sha256:... where your registry gives
# digests. The final image takes its C library and certificates from it.
FROM golang:1.26.8-bookworm AS build
RUN apt-get update \
	&& apt-get install -y --no-install-recommends make python3 python3-pip ca-certificates \
	&& rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY scripts/extensions.sh scripts/extensions.sh
COPY scripts/extensions scripts/extensions
RUN scripts/extensions.sh
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=unknown
RUN make build VERSION="$VERSION" && scripts/image-root.sh /image

FROM scratch
COPY --from=build /image /
COPY --from=build --chown=65532:65532 /image/var/lib/lakegate /var/lib/lakegate
USER 65532:65532
WORKDIR /var/lib/lakegate
ENV LAKEGATE_CONFIG=/etc/lakegate/lakegate.yaml \
	LAKEGATE_EXTENSIONS=/usr/lib/lakegate/extensions \
	LAKEGATE_STATE=/var/lib/lakegate
VOLUME /var/lib/lakegate
EXPOSE 50051
# The check finds port, TLS and certificate in the settings that the server reads.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s CMD ["/usr/bin/lakegate", "check"]
ENTRYPOINT ["/usr/bin/lakegate"]
CMD ["serve"]
