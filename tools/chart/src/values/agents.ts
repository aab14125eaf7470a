import { z } from '@postroad/config';
import { component, publicService } from './component.ts';
import { ANYWHERE, cidrs, count, flag, group, labels, size, text } from './shapes.ts';

const sessions = (value: number) => ({ value, meaning: 'Sessions for one pod (KEDA)' });
const volume = (value: string) => ({
  size: size(value, 'Size of the volume'),
  storageClass: text('', 'Class of storage; empty: the usual one'),
  existingClaim: text('', 'PersistentVolumeClaim that is there already; empty: one is made'),
});

const pool = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9]([a-z0-9-]{0,18}[a-z0-9])?$/)
    .describe('Name of the pool, part of the names of its objects'),
  hostname: text('', 'EHLO name, which the source addresses must resolve to; empty: hostname'),
  smartHost: z
    .string()
    .regex(/^([^:\s]+:\d+)?$/)
    .default('')
    .describe('host:port of a provider that relays for us; empty: by MX'),
  bindAddress: text('', 'Source address of outgoing connections, which each pod must have; empty: the usual one'),
  replicas: count(2, 'Pods, when nothing scales them').optional(),
  labels: labels('Labels of the pods, by which an egress gateway selects them'),
  annotations: labels('Annotations of the pods, e.g. of the network plugin'),
  nodeSelector: labels('Labels that nodes must have, e.g. those with the source addresses'),
});

export const agents = {
  msa: group(
    {
      ...component({
        replicas: 2,
        resources: ['250m', '256Mi', '512Mi'],
        scaling: { least: 2, most: 10, target: sessions(500) },
      }),
      service: publicService({ submission: 587, submissions: 465 }),
    },
    'msa/smtp: submission',
  ),
  mx: group(
    {
      ...component({
        replicas: 2,
        resources: ['250m', '256Mi', '512Mi'],
        scaling: { least: 2, most: 10, target: sessions(500) },
      }),
      service: publicService({ smtp: 25 }),
    },
    'mta/mx: mail from the world',
  ),
  router: group(
    component({
      replicas: 2,
      resources: ['250m', '256Mi', '512Mi'],
      scaling: { least: 2, most: 10, target: { value: 200, meaning: 'Messages to route for one pod (KEDA)' } },
    }),
    'mta/router: decides where each recipient’s copy goes',
  ),
  relay: group(
    {
      ...component({
        replicas: 2,
        resources: ['250m', '256Mi', '512Mi'],
        scaling: { least: 2, most: 8, target: { value: 500, meaning: 'Records due now for one pod (KEDA)' } },
      }),
      oldestDueSeconds: count(300, 'Age of the oldest record due for which one more pod comes (KEDA), in seconds', 1),
      ipv6: flag(false, 'Also send over IPv6, where reverse DNS and reputation exist for it'),
      pools: z
        .array(pool)
        .min(1)
        .default([{ name: 'default' } as never])
        .describe(
          'A Deployment each, with its own source addresses and EHLO name; domains that name no pool send by `default`',
        ),
    },
    'mta/relay: mail to the world, the only pods that reach port 25',
  ),
  finisher: group(
    component({ replicas: 1, resources: ['50m', '128Mi', '256Mi'] }),
    'mta/finisher: removes what is finished; one works, more stand by',
  ),
  deliver: group(
    component({
      replicas: 2,
      resources: ['250m', '256Mi', '512Mi'],
      scaling: { least: 2, most: 10, target: { value: 200, meaning: 'Items to deliver for one pod (KEDA)' } },
    }),
    'mda/deliver: files mail in mailboxes (mode cluster)',
  ),
  imap: group(
    {
      ...component({
        replicas: 2,
        resources: ['250m', '384Mi', '768Mi'],
        scaling: { least: 2, most: 20, target: sessions(1_000) },
      }),
      service: publicService({ imap: 143, imaps: 993 }),
    },
    'mda/imap: serves mailboxes (its Deployment in mode cluster; its Service in both)',
  ),
  lmtp: group(
    {
      enabled: flag(false, 'Run it'),
      fromCIDRs: cidrs([], 'Who may deliver by LMTP, which asks for no password'),
      ...component({ replicas: 2, resources: ['100m', '192Mi', '384Mi'], scaling: { least: 2, most: 6 } }),
    },
    'mda/lmtp: delivery for another mail server (port 10024 of its Service, inside the cluster)',
  ),
  embedded: group(
    {
      ...component({ replicas: 1, resources: ['500m', '512Mi', '1Gi'] }),
      storage: group(volume('20Gi'), 'The volume of the mailboxes'),
    },
    'All roles of the mda in one pod, over sqlite on a volume (mode embedded)',
  ),
  mua: group(
    {
      enabled: flag(true, 'Run it'),
      ...component({ replicas: 1, resources: ['100m', '256Mi', '768Mi'], scaling: { least: 1, most: 6, off: true } }),
      publicOrigin: z
        .union([z.literal(''), z.string().regex(/^https?:\/\/[^/\s]+$/)])
        .default('')
        .describe('Where browsers reach it, e.g. https://webmail.example.org; empty: by port-forward only'),
      trustedProxies: cidrs([], 'Proxies whose X-Forwarded-For names the client'),
      fromCIDRs: cidrs(ANYWHERE, 'Who may reach its HTTP port: best the ingress controller alone'),
      ingress: group(
        {
          enabled: flag(false, 'Make an Ingress for publicOrigin, with cookie affinity left to its controller'),
          className: text('', 'Class of Ingress; empty: the usual one'),
          annotations: labels('Annotations; several pods need sessions that stick'),
          tlsSecret: text('', 'Secret with the certificate of publicOrigin; empty: the controller’s own'),
        },
        'Webmail by Ingress',
      ),
    },
    'mua/web: webmail; sessions are in the memory of a pod, so more than one needs affinity',
  ),
  ops: group(
    {
      ...component({ replicas: 1, resources: ['100m', '256Mi', '768Mi'] }),
      existingSecret: text('', 'Secret that is there already, with the key token; empty: one is made'),
      secureCookies: flag(false, 'Cookies only over TLS: set it when a proxy with TLS is before the console'),
      storeBytes: count(1_073_741_824, 'Octets of events and spans that are kept', 8_388_608),
      canary: group(
        {
          address: text('', 'Its account, which must be there and have no other use; empty: no canary'),
          existingSecret: text('', 'Secret with the password of the account'),
          key: text('password', 'Its key'),
          seconds: count(60, 'Time from one message to the next, in seconds', 1),
        },
        'A message to itself now and then, by submission and IMAP: whether mail flows',
      ),
      fromCIDRs: cidrs([], 'Who may reach API and console, besides kubectl port-forward'),
      storage: group(
        { persistent: flag(true, 'On a volume; else in an emptyDir that goes with the pod'), ...volume('2Gi') },
        'The store of events and spans, no mail',
      ),
      streams: group(
        {
          spoolBytes: count(8_589_934_592, 'Limit of SPOOL, in bytes', 1_048_576),
          recordBytes: count(2_147_483_648, 'Limit of DELIVER and of QUEUE each, in bytes', 1_048_576),
          eventBytes: count(1_073_741_824, 'Limit of EVENTS, in bytes', 1_048_576),
          eventAgeDays: count(30, 'Days that events stay', 1),
        },
        'Limits of the streams, which it makes; together they must fit into nats.storage.size',
      ),
    },
    'ops: admin API, console, traces; one pod',
  ),
} as const;

export const proxyProtocol = group(
  {
    enabled: flag(false, 'Open ports of their own for PROXY protocol, before Services named …-proxy'),
    fromCIDRs: cidrs([], 'Proxies that are believed; others reach those ports in vain'),
    type: z.enum(['LoadBalancer', 'NodePort', 'ClusterIP']).default('LoadBalancer').describe('Type of those Services'),
    annotations: labels('Their annotations, e.g. that turn PROXY protocol on at the load balancer'),
    doors: z
      .array(z.enum(['msa', 'mx', 'imap']))
      .default(['msa', 'mx', 'imap'])
      .describe('Components that get one'),
  },
  'Client addresses behind a proxy',
);
