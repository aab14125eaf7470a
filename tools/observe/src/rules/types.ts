import type { THRESHOLDS } from './thresholds.ts';

/** A series that Prometheus computes, because dashboards and alerts share it. */
export interface RecordingRule {
  /** level:metric:operation, as Prometheus' manual wants it. */
  readonly record: string;
  readonly expr: string;
  /** Labels of the result, besides `namespace`. */
  readonly labels: readonly string[];
  readonly meaning: string;
}

export interface AlertRule {
  readonly alert: `Postroad${string}`;
  /** critical: mail stands still or is about to, get up; warning: look today. */
  readonly severity: 'critical' | 'warning';
  /** May hold tokens: `<namespace>`, `<absentRoles>`, and the thresholds by name. */
  readonly expr: string;
  /** How long it must be so, as Prometheus writes times. */
  readonly for: string;
  readonly summary: string;
  readonly description: string;
}

export interface RuleGroup {
  readonly name: string;
  readonly rules: readonly (RecordingRule | AlertRule)[];
}

/** Stands in an expression for a threshold, which is a value of the chart. */
export const limit = (name: keyof typeof THRESHOLDS): string => `<${name}>`;

/** The selector of every expression: two installations under one Prometheus do not mix. */
export const NS = 'namespace="<namespace>"';

/**
 * Whether a counter grew, by role. A counter is exported when it first counts, so its first step is no increase: a series that was not
 * there before counts as one.
 */
export const grew = (metric: string, window: string): string =>
  `sum by (namespace, role) (increase(${metric}{${NS}}[${window}])) > 0` +
  ` or sum by (namespace, role) (${metric}{${NS}} unless ${metric}{${NS}} offset ${window}) > 0`;
