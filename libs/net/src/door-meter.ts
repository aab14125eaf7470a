import { isPositive, type Reply } from '@postroad/smtp';
import { type Metrics, METRICS, statusClass } from '@postroad/telemetry';

type DoorName = 'submission' | 'mx' | 'lmtp' | 'imap';
/** Why a connection was turned away: `host` is one that is not meant to come here at all. */
type TurnedAway = 'total' | 'address' | 'proxy' | 'host' | 'draining';
type AuthOutcome = 'ok' | 'refused' | 'error';
/** What an SMTP client wanted when it was refused. */
export type Stage = 'connect' | 'helo' | 'tls' | 'auth' | 'mail' | 'rcpt' | 'data' | 'command';

/** Counts what happens at one door; labels are from the fixed sets above, whatever the network sends. */
export class DoorMeter {
  readonly #metrics: Metrics;
  readonly #door: DoorName;
  readonly #label: { readonly door: DoorName };

  constructor(metrics: Metrics, door: DoorName) {
    this.#metrics = metrics;
    this.#door = door;
    this.#label = { door };
  }

  opened(): void {
    this.#metrics.count(METRICS.sessionsTotal, this.#label);
  }

  turnedAway(reason: TurnedAway): void {
    this.#metrics.count(METRICS.sessionsRefused, { door: this.#door, reason });
  }

  /** The end of a TLS handshake; `protocol` null: it failed. */
  handshake(protocol: string | null): void {
    this.#metrics.count(METRICS.tlsHandshakes, { door: this.#door, version: protocol ?? 'failed' });
  }

  /** `mechanism`: one that is offered. */
  auth(mechanism: string, outcome: AuthOutcome): void {
    this.#metrics.count(METRICS.auth, { door: this.#door, mechanism: mechanism.toLowerCase(), outcome });
  }

  /** The reply to one command; only refusals are counted. */
  answered(stage: Stage, answer: Reply): void {
    if (isPositive(answer)) return;
    const labels = { door: this.#door, stage, status: statusClass(answer.status) };
    this.#metrics.count(METRICS.smtpRefusals, labels);
  }

  /**
   * The replies to one message: one, or over LMTP one for each recipient. `recipients`: those accepted by RCPT; `ms`: since the end
   * of the data.
   */
  message(
    answers: readonly Reply[],
    { bytes, recipients, ms }: { readonly bytes: number; readonly recipients: number; readonly ms: number },
  ): void {
    for (const answer of answers) this.answered('data', answer);
    const accepted = answers.filter(isPositive).length;
    const outcome = accepted > 0 ? 'accepted' : answers.some(({ code }) => code < 500) ? 'deferred' : 'refused';
    this.#metrics.count(METRICS.smtpMessages, { door: this.#door, outcome });
    if (accepted === 0) return;
    this.#metrics.count(METRICS.smtpBytes, this.#label, bytes);
    this.#metrics.count(METRICS.smtpRecipients, this.#label, answers.length === 1 ? recipients : accepted);
    this.#metrics.observe(METRICS.smtpAccept, this.#label, ms / 1_000);
  }
}
