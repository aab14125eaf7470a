import { THRESHOLDS } from '@postroad/observe';
import { z } from '@postroad/config';
import { flag, group, labels, text } from './shapes.ts';

const interval = z
  .string()
  .regex(/^\d+(ms|s|m)$/)
  .default('30s')
  .describe('Time between two scrapes; rates of dashboards need four of them');

const thresholds = Object.fromEntries(
  Object.entries(THRESHOLDS).map(([name, { value, meaning }]) => [
    name,
    z.number().positive().default(value).describe(meaning),
  ]),
);

/** For the Prometheus Operator and a Grafana with its sidecar. */
export const monitoring = group(
  {
    podMonitor: group(
      {
        enabled: flag(false, 'Make a PodMonitor for each agent, and one for the exporter of NATS'),
        interval,
        labels: labels('Labels of the PodMonitors, by which a Prometheus selects them'),
      },
      'What Prometheus reads; networkPolicy.monitoringNamespace lets it in',
    ),
    rules: group(
      {
        enabled: flag(false, 'Make a PrometheusRule with alerts (docs/runbook.md) and recorded series'),
        labels: labels('Its labels, by which a Prometheus selects it'),
        runbook: text('docs/runbook.md', 'URL at which docs/runbook.md can be read, for runbook_url'),
        thresholds: group(thresholds, 'When alerts fire'),
      },
      'Alerts; they need the labels that the PodMonitors set',
    ),
    dashboards: group(
      {
        enabled: flag(
          false,
          'Make a ConfigMap for each dashboard, in one release for each Grafana; needs rules.enabled, whose series some panels show',
        ),
        labels: z
          .record(z.string(), z.string())
          .default({ grafana_dashboard: '1' })
          .describe('Their labels, by which the sidecar of Grafana finds them'),
        annotations: labels('Their annotations, e.g. the folder'),
      },
      'Dashboards for Grafana 12',
    ),
  },
  'Metrics, alerts, dashboards',
);
