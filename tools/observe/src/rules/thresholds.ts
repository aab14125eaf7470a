interface Threshold {
  readonly value: number;
  readonly meaning: string;
}

const DAY = 86_400;

/** When alerts fire: `monitoring.rules.thresholds` of the chart. Shares are from 0 to 1. */
export const THRESHOLDS = {
  relayDueSeconds: { value: 900, meaning: 'Age of a due time that no relay acts on, in seconds' },
  relayOldestSeconds: { value: 2 * DAY, meaning: 'Age of a message that is still to be relayed, in seconds' },
  spoolOldestSeconds: {
    value: 6 * DAY,
    meaning: 'Age of the oldest content in SPOOL, in seconds; above the lifetime of the queue (5 days)',
  },
  deliverOldestSeconds: { value: 300, meaning: 'Age of the oldest item in DELIVER, in seconds' },
  queueOldestSeconds: {
    value: DAY,
    meaning:
      'Time since the record of QUEUE that nobody touched for longest changed, in seconds; above the longest retry (4 h)',
  },
  consumerPending: { value: 10_000, meaning: 'Messages that a consumer has not been given yet' },
  deferredShare: { value: 0.3, meaning: 'Share of outgoing recipients that are deferred' },
  deferredLeastPerSecond: { value: 0.05, meaning: 'Outgoing attempts a second below which their share says nothing' },
  streamUsedShare: { value: 0.7, meaning: 'Part of a stream of mail that is used (at 0.85 senders get 452)' },
  brokerUsedShare: { value: 0.8, meaning: 'Part of the file storage of JetStream that is used' },
  brokerLookSeconds: { value: 180, meaning: 'Age of the last look at the broker, in seconds' },
  certificateWarningSeconds: { value: 21 * DAY, meaning: 'Rest of a certificate that warns, in seconds' },
  certificateCriticalSeconds: { value: 7 * DAY, meaning: 'Rest of a certificate that is critical, in seconds' },
  canarySilentSeconds: { value: 1_800, meaning: 'Time since a canary arrived, in seconds' },
  authRefusedPerSecond: { value: 5, meaning: 'Refused sign-ins a second at one kind of door' },
  smtpDeferredShare: { value: 0.2, meaning: 'Share of messages that a door answers with 4xx' },
  smtpLeastPerSecond: { value: 0.02, meaning: 'Messages a second below which that share says nothing' },
  deliveryP99Seconds: { value: 60, meaning: 'Time from accepted to mailbox of 99 in 100 messages, in seconds' },
  imapErrorShare: { value: 0.2, meaning: 'Share of IMAP commands (signing in aside) answered NO or BAD' },
  imapLeastPerSecond: { value: 0.5, meaning: 'IMAP commands a second below which that share says nothing' },
} as const satisfies Readonly<Record<string, Threshold>>;
