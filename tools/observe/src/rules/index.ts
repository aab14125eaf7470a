import { BROKER_ALERTS } from './alerts-broker.ts';
import { DOOR_ALERTS } from './alerts-doors.ts';
import { ROAD_ALERTS } from './alerts-road.ts';
import { RECORDS } from './records.ts';
import { THRESHOLDS } from './thresholds.ts';
import type { AlertRule, RuleGroup } from './types.ts';

export const ALERTS: readonly AlertRule[] = [...ROAD_ALERTS, ...BROKER_ALERTS, ...DOOR_ALERTS];

const GROUPS: readonly RuleGroup[] = [
  { name: 'postroad-records', rules: RECORDS },
  { name: 'postroad-road', rules: ROAD_ALERTS },
  { name: 'postroad-broker', rules: BROKER_ALERTS },
  { name: 'postroad-doors', rules: DOOR_ALERTS },
];

/** What is filled in where rules are used. */
export interface RulePlace {
  readonly namespace: string;
  /** Roles of which one process at least must be there. */
  readonly roles: readonly string[];
  /** Where docs/runbook.md can be read. */
  readonly runbook: string;
  readonly thresholds?: Partial<Record<keyof typeof THRESHOLDS, number>>;
}

/** The groups as Prometheus reads them, with tokens (`<namespace>`, `<runbook>`, thresholds) where the chart fills in. */
export function ruleGroups(): object {
  const groups = GROUPS.map(({ name, rules }) => ({
    name,
    rules: rules.map((rule) => {
      if ('record' in rule) return { record: rule.record, expr: rule.expr };
      const { alert, expr, severity, summary, description } = rule;
      const annotations = { summary, description, runbook_url: `<runbook>#${alert.toLowerCase()}` };
      return { alert, expr, for: rule.for, labels: { severity }, annotations };
    }),
  }));
  return { groups };
}

/** `absent()` of every role, joined: the result carries the label `role`. The chart's template says the same. */
const absentRoles = ({ namespace, roles }: RulePlace) =>
  roles.map((role) => `absent(up{namespace="${namespace}",role="${role}"})`).join(' or ');

/** A text of rules with every token filled in. @throws Error that names a token which nothing fills */
export function fillIn(text: string, place: RulePlace): string {
  const values: Record<string, string> = {
    namespace: place.namespace,
    runbook: place.runbook,
    absentRoles: absentRoles(place),
  };
  for (const [name, { value }] of Object.entries(THRESHOLDS))
    values[name] = String(place.thresholds?.[name as keyof typeof THRESHOLDS] ?? value);
  return text.replaceAll(/<(\w+)>/g, (token, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`nothing fills ${token} in the rules: see RulePlace`);
    return value;
  });
}
