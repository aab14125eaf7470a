import type { Dashboard, Panel } from './panel.ts';
import { variables } from './variables.ts';

/** Of Grafana 12. */
const SCHEMA_VERSION = 42;
const HEIGHTS: Readonly<Record<Panel['kind'], number>> = {
  ...{ timeseries: 8, stat: 4, table: 9, text: 5, traces: 12 },
};

const PROMETHEUS = { type: 'prometheus', uid: '${datasource}' };
const TEMPO = { type: 'tempo', uid: '${tempo}' };

function steps({ bad }: Panel) {
  if (bad === undefined) return [{ color: 'text', value: null }];
  const [low, high] = bad.below === true ? ['red', 'green'] : ['green', 'red'];
  return [
    { color: low, value: null },
    { color: high, value: bad.from },
  ];
}

const isLines = (panel: Panel) => panel.kind === 'timeseries';

function fieldConfig(panel: Panel) {
  const mappings =
    panel.words === undefined
      ? []
      : [
          {
            type: 'value',
            options: Object.fromEntries(Object.entries(panel.words).map(([value, word]) => [value, { text: word }])),
          },
        ];
  return {
    defaults: {
      unit: panel.unit,
      ...(panel.unit === 'percentunit' ? { min: 0, max: 1 } : { min: 0 }),
      mappings,
      color: { mode: isLines(panel) ? 'palette-classic' : 'thresholds' },
      thresholds: { mode: 'absolute', steps: steps(panel) },
      ...(isLines(panel) && {
        custom: {
          ...{ drawStyle: 'line', lineWidth: 2, fillOpacity: panel.stack === true ? 30 : 5, showPoints: 'never' },
          ...{ spanNulls: false, stacking: { mode: panel.stack === true ? 'normal' : 'none', group: 'A' } },
          thresholdsStyle: { mode: panel.bad === undefined ? 'off' : 'dashed' },
        },
      }),
    },
    overrides: [],
  };
}

function options(panel: Panel) {
  const reduceOptions = { calcs: ['lastNotNull'], fields: '', values: false };
  switch (panel.kind) {
    case 'timeseries':
      return {
        legend: { showLegend: true, displayMode: 'table', placement: 'bottom', calcs: ['lastNotNull', 'max'] },
        tooltip: { mode: 'multi', sort: 'desc' },
      };
    case 'stat':
      return {
        ...{ reduceOptions, orientation: 'auto', textMode: 'value_and_name', colorMode: 'value', graphMode: 'area' },
        justifyMode: 'auto',
      };
    case 'table':
      return { showHeader: true, cellHeight: 'sm', sortBy: [{ displayName: 'Value', desc: true }] };
    case 'text':
      return { mode: 'markdown', content: panel.content ?? '' };
    case 'traces':
      return {};
  }
}

function targets(panel: Panel) {
  if (panel.kind === 'traces')
    return [
      {
        refId: 'A',
        datasource: TEMPO,
        queryType: 'traceql',
        query: panel.content ?? '',
        limit: 20,
        tableType: 'spans',
      },
    ];
  const instant = panel.kind === 'table';
  return panel.queries.map(({ expr, legend }, i) => ({
    ...{ refId: String.fromCharCode(65 + i), datasource: PROMETHEUS, editorMode: 'code', expr, legendFormat: legend },
    ...{ instant, range: !instant, format: panel.kind === 'table' ? 'table' : 'time_series' },
  }));
}

/** A table of one query: its labels and its value, not when it was. */
const onlyLabels = [{ id: 'organize', options: { excludeByName: { Time: true } } }];

function panelJson(panel: Panel, id: number, gridPos: object) {
  return {
    ...{ id, title: panel.title, description: panel.description, gridPos },
    // Grafana draws a list of traces as a table.
    type: panel.kind === 'traces' ? 'table' : panel.kind,
    ...(panel.kind !== 'text' && {
      datasource: panel.kind === 'traces' ? TEMPO : PROMETHEUS,
      fieldConfig: fieldConfig(panel),
      targets: targets(panel),
    }),
    ...(panel.kind === 'table' && { transformations: onlyLabels }),
    options: options(panel),
  };
}

/** A dashboard as Grafana imports it: rows from above to below, panels from left to right. */
export function dashboardJson(dashboard: Dashboard): object {
  let id = 0;
  let y = 0;
  const panels = dashboard.rows.flatMap((row) => {
    const head = {
      id: ++id,
      type: 'row',
      title: row.title,
      collapsed: false,
      gridPos: { h: 1, w: 24, x: 0, y },
      panels: [],
    };
    y += 1;
    let x = 0;
    let highest = 0;
    const inside = row.panels.map((panel) => {
      const w = panel.width ?? Math.floor(24 / row.panels.length);
      const h = panel.height ?? HEIGHTS[panel.kind];
      if (x + w > 24) [x, y, highest] = [0, y + highest, 0];
      const json = panelJson(panel, ++id, { h, w, x, y });
      [x, highest] = [x + w, Math.max(highest, h)];
      return json;
    });
    y += highest;
    return [head, ...inside];
  });
  return {
    ...{
      uid: `postroad-${dashboard.name}`,
      title: `Postroad / ${dashboard.title}`,
      description: dashboard.description,
    },
    ...{ tags: ['postroad'], schemaVersion: SCHEMA_VERSION, editable: true, graphTooltip: 1, refresh: '30s' },
    ...{ time: { from: 'now-3h', to: 'now' }, timezone: 'browser', templating: { list: variables(dashboard) } },
    links: [
      {
        type: 'dashboards',
        title: 'Postroad',
        tags: ['postroad'],
        asDropdown: true,
        includeVars: true,
        keepTime: true,
      },
    ],
    annotations: { list: [] },
    panels,
  };
}
