import { m } from '../names.ts';
import type { Dashboard } from './panel.ts';

const PROMETHEUS = { type: 'prometheus', uid: '${datasource}' };

const source = (name: string, label: string, type: string) => ({
  ...{ type: 'datasource', name, label, query: type, current: {}, hide: 0, refresh: 1, regex: '' },
});

const labelValues = (name: string, label: string, query: string, several: boolean) => ({
  ...{ type: 'query', name, label, datasource: PROMETHEUS, refresh: 2, sort: 1, hide: 0 },
  ...{ query: { query, refId: name }, definition: query, regex: '', current: {} },
  ...(several && { multi: true, includeAll: true, allValue: '.*' }),
});

const box = (name: string, label: string, description: string, value = '') => ({
  ...{ type: 'textbox', name, label, description, query: value, current: { text: value, value }, hide: 0 },
});

/** What a reader chooses above a dashboard. */
export function variables({ pool, traces }: Dashboard): object[] {
  if (traces === true)
    return [
      source('tempo', 'Traces', 'tempo'),
      box('queueId', 'Queue id', 'As the 250 says: “queued as …”'),
      box('messageId', 'Message-ID', 'For the link to ops, with or without angle brackets'),
      box('ops', 'ops', 'Where the console of ops can be reached', 'http://127.0.0.1:10090'),
    ];
  return [
    source('datasource', 'Prometheus', 'prometheus'),
    labelValues('namespace', 'Namespace', `label_values(${m.buildInfo}, namespace)`, false),
    ...(pool === true
      ? [labelValues('pool', 'Pool', `label_values(${m.relayShards}{namespace="$namespace"}, pool)`, true)]
      : []),
  ];
}
