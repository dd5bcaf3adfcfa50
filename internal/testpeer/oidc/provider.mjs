// provider.mjs PORT AUDIENCE [TOKEN_SECONDS]: oidc-provider on loopback, with one
// client for each right, and lakegate-cli, at which the people of those names log
// in with any password. Access tokens are JWTs of type at+jwt for AUDIENCE.
import { generateKeyPairSync } from 'node:crypto';
import Provider, { errors } from 'oidc-provider';

const [port, audience, seconds] = [Number(process.argv[2]), process.argv[3], Number(process.argv[4] ?? 300)];
const issuer = `http://127.0.0.1:${port}`;
const resource = 'https://lakegate.test/';

const people = {
  reader: { group: 'analysts', scope: 'read:data' },
  writer: { group: 'engineers', scope: 'read:data write:data' },
  admin: { group: 'admins', scope: 'read:data write:data admin:system' },
};

const jwk = (kid, alg, type, options) => ({
  ...generateKeyPairSync(type, options).privateKey.export({ format: 'jwk' }), kid, alg, use: 'sig',
});

const provider = new Provider(issuer, {
  jwks: {
    keys: [
      jwk('rs-1', 'RS256', 'rsa', { modulusLength: 2048 }),
      jwk('es-1', 'ES256', 'ec', { namedCurve: 'P-256' }),
    ],
  },
  clients: Object.entries(people).map(([id, { scope }]) => ({
    client_id: id,
    client_secret: `${id}-secret`,
    scope,
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: [],
  })).concat({
    client_id: 'lakegate-cli',
    token_endpoint_auth_method: 'none',
    application_type: 'native', // any port of loopback will do (RFC 8252)
    grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
    response_types: ['code'],
    redirect_uris: ['http://127.0.0.1/callback'],
  }),
  scopes: ['openid', 'offline_access', 'read:data', 'write:data', 'admin:system'],
  findAccount: (ctx, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  extraTokenClaims: (ctx, token) => ({ groups: [people[token.accountId ?? token.clientId].group] }),
  pkce: { required: () => true },
  issueRefreshToken: () => true,
  ttl: { ClientCredentials: seconds, AccessToken: seconds, RefreshToken: 3600 },
  features: {
    devInteractions: { enabled: true },
    deviceFlow: { enabled: true },
    revocation: { enabled: true },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => resource,
      useGrantedResource: () => true,
      getResourceServerInfo(ctx, indicator) {
        if (indicator !== resource) throw new errors.InvalidTarget();
        return {
          scope: 'read:data write:data admin:system',
          audience,
          accessTokenTTL: seconds,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'RS256' } },
        };
      },
    },
  },
});

provider.listen(port, '127.0.0.1');
