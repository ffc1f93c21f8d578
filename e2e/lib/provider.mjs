// A real OpenID provider on the loopback address: the office's own log-in, as far as doudi sees it.
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

/** Starts a provider that knows one client; whoever types a name into its form is that subject. */
export async function startProvider({ client, secret, back }) {
  const server = createServer((request, response) => answer(request, response));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [{ client_id: client, client_secret: secret, redirect_uris: [back], response_types: ['code'], grant_types: ['authorization_code'] }],
    cookies: { keys: ['only for this test'] },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    pkce: { required: () => true },
  });
  // Its own advice on how to run it elsewhere is not ours to print.
  const answer = provider.callback();
  return { issuer, stop: () => server.close() };
}
