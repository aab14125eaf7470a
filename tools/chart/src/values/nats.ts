import { z } from '@postroad/config';
import {
  ANYWHERE,
  cidrs,
  choice,
  count,
  existingSecret,
  flag,
  group,
  placement,
  resources,
  size,
  tcpPort,
  text,
  words,
} from './shapes.ts';

const USERS = 'the keys msa, mta, mda and ops';

const image = (repository: string, tag: string) =>
  group(
    {
      repository: text(repository, 'Name of the image'),
      tag: text(tag, 'Its tag'),
      digest: text('', 'Its digest (sha256:…), which then counts instead of the tag'),
      pullPolicy: choice(['IfNotPresent', 'Always', 'Never'], 'When it is pulled'),
    },
    'Image',
  );

/** Values of the subchart. `users.existingSecret` is read by the agents as well. */
export const natsShape = {
  global: z.strictObject({}).optional().describe('Helm hands it to every chart; nothing is in it'),
  enabled: flag(true, 'Run NATS here; else externalNats says where it is'),
  replicas: z
    .union([z.literal(1), z.literal(3), z.literal(5)])
    .default(3)
    .describe('Servers, and copies of every message'),
  bind: text('::', 'Address that servers listen on; 0.0.0.0 where nodes have no IPv6 at all'),
  image: image('nats', '2.15.1-alpine'),
  users: group(
    { existingSecret: existingSecret(`${USERS}: passwords that begin with a letter`) },
    'The agents’ users, each with its least privileges',
  ),
  tls: group(
    {
      existingSecret: text('', 'Secret with tls.crt, tls.key and ca.crt: TLS to clients and between servers'),
      verify: flag(true, 'Clients must show a certificate of ca.crt too (mTLS)'),
      clientSecret: text('', 'Secret with tls.crt, tls.key and ca.crt that agents show; never that of the servers'),
    },
    'TLS at the broker',
  ),
  storage: group(
    {
      size: size('20Gi', 'Size of the volume of each server'),
      storageClass: text('', 'Class of storage; empty: the usual one'),
    },
    'JetStream’s file store',
  ),
  exporter: group(
    {
      enabled: flag(true, 'Run the Prometheus exporter beside each server, on port 7777'),
      image: image('natsio/prometheus-nats-exporter', '0.17.3'),
      resources: resources('10m', '32Mi', '64Mi'),
    },
    'Metrics of the broker',
  ),
  resources: resources('500m', '512Mi', '2Gi'),
  pdb: group({ enabled: flag(true, 'Make a PodDisruptionBudget: one server away at once') }, 'Drains of nodes'),
  zoneSpread: choice(['ScheduleAnyway', 'DoNotSchedule'], 'Whether a server that would be uneven over zones starts'),
  lameDuckSeconds: count(30, 'How long a server that stops hands its clients over, in seconds', 30),
  networkPolicy: group(
    {
      enabled: flag(true, 'Make NetworkPolicies'),
      monitoringNamespace: text('monitoring', 'Namespace of Prometheus, which reads 7777'),
      kedaNamespace: text('keda', 'Namespace of KEDA, which reads 8222'),
      dnsNamespace: text('kube-system', 'Namespace of the cluster’s DNS'),
      dnsCIDRs: cidrs([], 'Blocks of DNS servers elsewhere, e.g. of a cache on each node'),
    },
    'Who reaches it',
  ),
  ...placement,
};

export const externalNats = group(
  {
    servers: words([], 'host:port of each server'),
    monitors: words([], 'http://host:port of each server’s monitoring port, where sync_interval is checked'),
    streamReplicas: z
      .union([z.literal(1), z.literal(3), z.literal(5)])
      .default(3)
      .describe('Copies of every message'),
    existingSecret: text('', `Secret with ${USERS}: their passwords`),
    tls: group(
      {
        existingSecret: text('', 'Secret with ca.crt, and for mTLS tls.crt and tls.key; empty: no TLS'),
        mutual: flag(false, 'Show the certificate (mTLS)'),
      },
      'TLS to the broker',
    ),
    account: text('$G', 'Account that KEDA asks about'),
    cidrs: cidrs(ANYWHERE, 'Where the servers are, for the NetworkPolicies'),
    ports: z
      .array(z.number().int().min(1).max(65_535))
      .default([4222, 8222])
      .describe('Their ports, for the NetworkPolicies'),
  },
  'A broker elsewhere (with nats.enabled false)',
);

export const postgres = group(
  {
    source: choice(
      ['cnpg', 'external'],
      'cnpg: a Cluster of CloudNativePG (its operator must be there); external: by URL',
    ),
    connections: count(10, 'Connections of each pod', 1),
    cnpg: group(
      {
        instances: count(3, 'Servers', 1),
        image: text('', 'Image of PostgreSQL; empty: the operator’s'),
        storage: group(
          {
            size: size('20Gi', 'Size of each volume'),
            storageClass: text('', 'Class of storage; empty: the usual one'),
          },
          'Volumes',
        ),
        synchronous: flag(true, 'A commit waits for one standby, when there are several servers'),
        resources: resources('500m', '1Gi', '2Gi'),
      },
      'CloudNativePG',
    ),
    external: group(
      {
        existingSecret: text('', 'Secret with the URL postgres://user:password@host:port/database'),
        key: text('uri', 'Its key'),
        cidrs: cidrs(ANYWHERE, 'Where PostgreSQL is, for the NetworkPolicies'),
        port: tcpPort(5432, 'Its port, for the NetworkPolicies'),
      },
      'PostgreSQL elsewhere',
    ),
  },
  'The mailbox store of mode cluster',
);

export const s3 = group(
  {
    endpoint: z
      .union([z.literal(''), z.string().regex(/^https?:\/\/\S+$/)])
      .default('')
      .describe('URL of the S3 server; empty: all content is in PostgreSQL'),
    region: text('us-east-1', 'Region'),
    bucket: text('postroad', 'Bucket, which must be there'),
    prefix: text('', 'Prefix of all keys'),
    pathStyle: flag(true, 'Bucket in the path instead of the host name'),
    existingSecret: text(
      '',
      'Secret with the keys accessKeyId and secretAccessKey; empty: one is made of the next two',
    ),
    accessKeyId: text('', 'Access key'),
    secretAccessKey: text('', 'Its secret'),
    cidrs: cidrs(ANYWHERE, 'Where the server is, for the NetworkPolicies'),
    port: tcpPort(443, 'Its port, for the NetworkPolicies'),
  },
  'Store of large content (mode cluster)',
);
