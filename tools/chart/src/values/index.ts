import { z } from '@postroad/config';
import { agents, proxyProtocol } from './agents.ts';
import { monitoring } from './monitoring.ts';
import { externalNats, natsShape, postgres, s3 } from './nats.ts';
import { cidrs, choice, count, flag, group, labels, resources, text, words } from './shapes.ts';

const image = group(
  {
    repository: text('postroad', 'Name of the image'),
    tag: text('', 'Its tag; empty: the version of the chart'),
    digest: text('', 'Its digest (sha256:…), which then counts instead of the tag'),
    pullPolicy: choice(['IfNotPresent', 'Always', 'Never'], 'When it is pulled'),
    pullSecrets: words([], 'Secrets with which it is pulled'),
  },
  'The one image of all agents (deploy/docker)',
);

const tls = group(
  {
    source: choice(['selfSigned', 'certManager', 'existingSecret'], 'selfSigned is for trying: no peer trusts it'),
    existingSecret: text('', 'Secret with tls.crt and tls.key (source existingSecret)'),
    dnsNames: words([], 'Names of the certificate besides hostname'),
    trustCa: flag(false, 'The Secret has a ca.crt which the webmail must trust; selfSigned: always'),
    certManager: group(
      {
        issuer: text('', 'Name of the issuer'),
        kind: choice(['ClusterIssuer', 'Issuer'], 'Its kind'),
        group: text('cert-manager.io', 'Its API group'),
      },
      'cert-manager (source certManager)',
    ),
  },
  'Certificate of all doors; renewed ones are loaded without a restart',
);

const networkPolicy = group(
  {
    enabled: flag(true, 'Deny everything, and allow each component what it uses'),
    clientCIDRs: cidrs(['0.0.0.0/0', '::/0'], 'Who may reach submission, MX and IMAP'),
    monitoringNamespace: text('monitoring', 'Namespace of Prometheus, which reads the health ports'),
    dnsNamespace: text('kube-system', 'Namespace of the cluster’s DNS'),
    dnsCIDRs: cidrs([], 'Blocks of DNS servers elsewhere, e.g. of a cache on each node'),
  },
  'NetworkPolicies (those of NATS are under nats)',
);

const parent = z.strictObject({
  name: z.string().min(1),
  namespace: z.string().optional(),
  sectionName: z.string().optional(),
});
const route = (meaning: string) =>
  z
    .array(z.strictObject({ door: z.enum(['submission', 'submissions', 'smtp', 'imap', 'imaps']), parent }))
    .default([])
    .describe(meaning);

const gateway = group(
  {
    httpRoute: group(
      {
        enabled: flag(false, 'Make an HTTPRoute for mua.publicOrigin'),
        parents: z.array(parent).default([]).describe('Gateways (name, namespace, sectionName)'),
      },
      'Webmail by the Gateway API',
    ),
    tcpRoutes: route('TCPRoutes, each to a proxy port (door, parent): the gateway must send PROXY protocol'),
    tlsRoutes: route('TLSRoutes that pass TLS through by SNI, for submissions and imaps, to their proxy ports'),
  },
  'Gateway API, instead of Ingress and Services',
);

const autoscaling = group(
  {
    kind: choice(['none', 'hpa', 'keda'], 'hpa: by processor use; keda: by consumer lag, due records and sessions'),
    prometheus: text('', 'URL of Prometheus that KEDA asks, with scrapes of the health ports'),
    scaleDownSeconds: count(600, 'How long the need must be lower before a pod goes, one a minute', 60),
  },
  'Scaling',
);

/** Values of the chart. */
export const values = z.strictObject({
  global: z.strictObject({}).optional().describe('Helm hands it to every chart; nothing is in it'),
  mode: choice(['cluster', 'embedded'], 'cluster: no pod owns mail; embedded: one mda, over sqlite on a volume'),
  image,
  hostname: z
    .string()
    .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/)
    .default('mail.example.org')
    .describe('Our name in greetings, EHLO, Received fields and the certificate'),
  domain: z
    .string()
    .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/)
    .default('example.org')
    .describe('First domain, whose postmaster gets what is for the postmaster'),
  bind: text('::', 'Address that agents listen on; 0.0.0.0 where nodes have no IPv6 at all'),
  durability: choice(['synced', 'replicated', 'relaxed'], 'What a 250 promises (docs/config.md)'),
  logLevel: choice(['info', 'trace', 'debug', 'warn', 'error', 'fatal'], 'Least severity that is logged'),
  tracing: group(
    {
      endpoint: text('', 'OTLP/HTTP collector; empty: ops'),
      cidrs: cidrs(['0.0.0.0/0', '::/0'], 'Where the collector is, for the NetworkPolicies'),
      port: z.number().int().min(1).max(65_535).default(4318).describe('Its port, for the NetworkPolicies'),
    },
    'Spans',
  ),
  drain: group(
    {
      preStopSeconds: count(5, 'Wait before SIGTERM, until load balancers have noticed, in seconds', 1),
      drainSeconds: count(30, 'What is begun may take this long to finish, in seconds', 1),
    },
    'How a pod ends; terminationGracePeriodSeconds is both and 10 more',
  ),
  tls,
  ...agents,
  proxyProtocol,
  networkPolicy,
  gateway,
  autoscaling,
  monitoring,
  nats: z.strictObject(natsShape).prefault({}).describe('NATS JetStream, a subchart'),
  externalNats,
  postgres,
  s3,
  test: group(
    {
      enabled: flag(true, 'Have a pod for helm test, which makes an account, sends it mail and removes it'),
      timeoutSeconds: count(120, 'How long the message may take, in seconds', 10),
      resources: resources('50m', '96Mi', '192Mi'),
      podLabels: labels('More labels of the pod'),
    },
    'helm test',
  ),
});

/** Values of the subchart `nats`, when it is looked at on its own. */
export const natsValues = z.strictObject(natsShape);
