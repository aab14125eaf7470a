import { DASHBOARDS } from './dashboards/index.ts';
import { type RulePlace, fillIn, ruleGroups } from './rules/index.ts';

/** Where an expression stands, for people, and what it is. */
export interface Expression {
  readonly where: string;
  readonly expr: string;
}

/** What Grafana fills in. */
const VARIABLES: Readonly<Record<string, string>> = {
  ...{ $__rate_interval: '2m', $__range: '3h', $namespace: 'post', $pool: '.*' },
};

/** Every expression of every panel, as it would be asked. */
export const panelExpressions = (): Expression[] =>
  DASHBOARDS.flatMap(({ name, rows }) =>
    rows.flatMap(({ panels }) =>
      panels.flatMap(({ title, queries }) =>
        queries.map(({ expr }) => ({
          where: `${name}: ${title}`,
          expr: expr.replaceAll(/\$\w+/g, (variable) => VARIABLES[variable] ?? variable),
        })),
      ),
    ),
  );

/** Every expression of every rule, filled in. */
export function ruleExpressions(place: RulePlace): Expression[] {
  const { groups } = ruleGroups() as { groups: { rules: { alert?: string; record?: string; expr: string }[] }[] };
  return groups.flatMap(({ rules }) =>
    rules.map(({ alert, record, expr }) => ({ where: alert ?? record ?? '', expr: fillIn(expr, place) })),
  );
}
