// mock.mjs PORT AUDIENCE: oauth2-mock-server on loopback. POST /_claims and
// /_header with a JSON object add to the next tokens; POST /_rotate adds a key
// and signs with it from then on.
import { createServer } from 'node:http';
import { OAuth2Server } from 'oauth2-mock-server';

const [port, audience] = [Number(process.argv[2]), process.argv[3]];
const server = new OAuth2Server();
let current = await server.issuer.keys.generate('RS256');
let claims = {};
let header = {};

server.service.on('beforeTokenSigning', (token) => {
  token.header.kid = current.kid;
  Object.assign(token.payload, { aud: audience }, claims);
  Object.assign(token.header, header);
});

createServer(async (request, response) => {
  const path = request.url.split('?')[0];
  if (request.method !== 'POST' || !path.startsWith('/_')) {
    server.service.requestHandler(request, response);
    return;
  }
  let body = '';
  for await (const chunk of request) body += chunk;
  if (path === '/_claims') claims = JSON.parse(body);
  else if (path === '/_header') header = JSON.parse(body);
  else if (path === '/_rotate') current = await server.issuer.keys.generate('RS256');
  else response.statusCode = 404;
  response.end();
}).listen(port, '127.0.0.1', () => {
  server.issuer.url = `http://127.0.0.1:${port}`;
});
