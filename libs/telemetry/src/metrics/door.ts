import { counter, gauge, histogram } from './definition.ts';

/** Doors that people and other hosts come through: `submission`, `mx`, `lmtp`, `imap`, `web`. */
export const DOOR_METRICS = {
  sessions: gauge('postroad_sessions', 'Sessions open now.', ['door']),
  sessionsTotal: counter('postroad_sessions_opened_total', 'Sessions opened.', ['door']),
  sessionsRefused: counter(
    'postroad_sessions_refused_total',
    'Connections turned away before or instead of a greeting; reason `total` (too many), `address` (too many of one address), `proxy` (no PROXY header), `host` (not meant to come here), `draining`.',
    ['door', 'reason'],
  ),
  tlsHandshakes: counter('postroad_tls_handshakes_total', 'TLS handshakes; version `TLSv1.3`, `TLSv1.2` or `failed`.', [
    'door',
    'version',
  ]),
  auth: counter(
    'postroad_auth_total',
    'Attempts to sign in; mechanism as `plain`, `scram-sha-256`, `form`; outcome `ok`, `refused` (wrong name or secret), `limited` or `error`.',
    ['door', 'mechanism', 'outcome'],
  ),
  spoolAdmits: gauge('postroad_spool_admits', 'Whether the spool takes mail (1) or senders get 452 (0).'),
  spoolHeld: gauge('postroad_spool_held_bytes', 'Bytes of content held on their way to the spool.'),
  smtpMessages: counter(
    'postroad_smtp_messages_total',
    'Messages whose data was sent; outcome `accepted`, `deferred` (4xx) or `refused` (5xx).',
    ['door', 'outcome'],
  ),
  smtpBytes: counter('postroad_smtp_message_bytes_total', 'Bytes of accepted messages.', ['door']),
  smtpRecipients: counter('postroad_smtp_recipients_total', 'Recipients of accepted messages.', ['door']),
  smtpRefusals: counter(
    'postroad_smtp_refusals_total',
    'Commands and messages answered 4xx or 5xx; stage `connect`, `helo`, `tls`, `auth`, `mail`, `rcpt`, `data`, `command`; status as 5.1.',
    ['door', 'stage', 'status'],
  ),
  smtpAccept: histogram('postroad_smtp_accept_seconds', 'From the end of data to the 250.', ['door']),
  httpRequests: counter(
    'postroad_http_requests_total',
    'Requests answered, by route and class of status (2xx … 5xx).',
    ['door', 'route', 'class'],
  ),
  webmailSent: counter('postroad_webmail_sent_total', 'Messages that the webmail gave to the submission server.'),
  httpSeconds: histogram('postroad_http_request_seconds', 'Request until its answer was handed over.', ['door']),
} as const;
