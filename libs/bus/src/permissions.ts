/** The agents that have a user of their own at the broker. `ops` provisions and administers; the MUA has none (DESIGN §2). */
export const AGENTS = ['msa', 'mta', 'mda', 'ops'] as const;
export type Agent = (typeof AGENTS)[number];

interface Permissions {
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
}

const info = (stream: string) => `$JS.API.STREAM.INFO.${stream}`;
/** Direct gets may come from a follower; MSG.GET is the leader's word. Both are reads. */
const read = (stream: string) => [
  info(stream),
  `$JS.API.DIRECT.GET.${stream}`,
  `$JS.API.DIRECT.GET.${stream}.>`,
  `$JS.API.STREAM.MSG.GET.${stream}`,
];
/** Watching a bucket or a stream needs a consumer of one's own. */
const watch = (stream: string) => [
  `$JS.API.CONSUMER.CREATE.${stream}`,
  `$JS.API.CONSUMER.CREATE.${stream}.>`,
  `$JS.API.CONSUMER.INFO.${stream}.>`,
  `$JS.API.CONSUMER.DELETE.${stream}.>`,
  `$JS.API.CONSUMER.MSG.NEXT.${stream}.>`,
  `$JS.ACK.${stream}.>`,
];
const consume = (stream: string) => [...watch(stream), `$JS.API.CONSUMER.DURABLE.CREATE.${stream}.>`];
const purge = (stream: string) => [`$JS.API.STREAM.PURGE.${stream}`, `$JS.API.STREAM.MSG.DELETE.${stream}`];

const directory = [...read('KV_directory'), ...watch('KV_directory')];
const verifiers = [...read('KV_verifiers'), ...watch('KV_verifiers')];
const common = ['$JS.API.INFO', '$JS.FC.>', 'evt.*'];

/** The least each agent needs. A compromised mx cannot read a verifier, change a policy or delete a mailbox. */
export function permissionsOf(agent: Agent): Permissions {
  const inbox = `_INBOX_${agent}.>`;
  switch (agent) {
    case 'msa':
      return { publish: [...common, 'spool.>', ...read('SPOOL'), ...directory, ...verifiers], subscribe: [inbox] };
    case 'mta':
      return {
        publish: [
          ...common,
          ...['spool.>', 'deliver.>', 'queue.>', 'relay.offer.*', '$KV.leases.>'],
          ...['SPOOL', 'DELIVER', 'QUEUE', 'KV_leases'].flatMap(read),
          ...consume('SPOOL'),
          ...['QUEUE', 'KV_leases'].flatMap(watch),
          ...['SPOOL', 'QUEUE'].flatMap(purge),
          ...directory,
        ],
        subscribe: [inbox, 'relay.offer.*', '$KV.leases.>'],
      };
    case 'mda':
      return {
        publish: [
          ...common,
          ...['spool.>', 'queue.>', 'hint.>', '$KV.leases.>'],
          // answers to the administrator
          '_INBOX_ops.>',
          ...['SPOOL', 'DELIVER', 'QUEUE', 'KV_leases'].flatMap(read),
          ...consume('DELIVER'),
          ...['QUEUE', 'KV_leases'].flatMap(watch),
          ...directory,
          ...verifiers,
        ],
        subscribe: [inbox, 'hint.>', 'admin.mda.>', '$KV.leases.>'],
      };
    case 'ops':
      return { publish: ['>'], subscribe: ['>'] };
  }
}
