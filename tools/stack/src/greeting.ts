import type { FirstAccount } from './first-run.ts';
import type { Stack } from './stack.ts';

/** What a person sees when everything runs: where things are, who can log in, and three things to try. */
export function greeting(stack: Stack, accounts: readonly FirstAccount[], seconds: number): string {
  const { ports, home } = stack;
  const [first = { address: '', password: '' }, second = first] = accounts;
  const bold = (text: string) => (process.stdout.isTTY ? `\u001b[1m${text}\u001b[0m` : text);
  return `
${bold('Postroad is running')} (ready in ${seconds.toFixed(1)} s; everything listens on 127.0.0.1 only)

  webmail      http://127.0.0.1:${ports.webmail}
  console      http://127.0.0.1:${ports.ops}      token in ${home.path('ops-token')}
  submission   127.0.0.1:${ports.submission} STARTTLS, ${ports.submissions} TLS
  IMAP         127.0.0.1:${ports.imap} STARTTLS, ${ports.imaps} TLS
  mx           127.0.0.1:${ports.mx}

${accounts.map((account) => `  ${account.address.padEnd(24)} ${account.password}`).join('\n')}

${bold('Three things to try')}

  1  Read the welcome message: open the webmail, or
     curl -k "imaps://127.0.0.1:${ports.imaps}/INBOX;MAILINDEX=1" -u '${first.address}:${first.password}'
  2  Send one back:
     swaks --server 127.0.0.1:${ports.submission} --tls --auth PLAIN -au ${first.address} -ap '${first.password}' --from ${first.address} --to ${second.address}
  3  See where it went:
     npx postroad --home ${home.dir} queue list
     npx postroad --home ${home.dir} trace <queue id or Message-ID>

Ctrl-C drains and stops. State is in ${home.dir}; delete it to begin anew.
`;
}
