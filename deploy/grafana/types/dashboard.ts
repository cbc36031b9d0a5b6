// What a dashboard of ours is, in Grafana's own published types: those of the panels' options too.
import type { Dashboard, DataSourceRef, Panel } from "@grafana/schema";
import type { Options as BarGauge } from "@grafana/schema/dist/esm/raw/composable/bargauge/panelcfg/x/BarGaugePanelCfg_types.gen";
import type { Options as Stat } from "@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen";
import type {
  FieldConfig as StatesField,
  Options as States,
} from "@grafana/schema/dist/esm/raw/composable/statetimeline/panelcfg/x/StateTimelinePanelCfg_types.gen";
import type {
  FieldConfig as TableField,
  Options as Table,
} from "@grafana/schema/dist/esm/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen";
import type {
  FieldConfig as LinesField,
  Options as Lines,
} from "@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen";

// The types name their enumerations; JSON has the values.
type Plain<T> = T extends string
  ? `${T}`
  : T extends number
    ? `${T}` extends `${infer N extends number}` ? N : T
    : T extends object ? { [K in keyof T]: Plain<T[K]> } : T;

// What a query of Prometheus is; its types are not in the package.
interface Target {
  refId: string;
  datasource: DataSourceRef;
  expr: string;
  legendFormat: string;
  instant: boolean;
  range: boolean;
  format: "time_series" | "table";
  editorMode: "code";
}

type FieldConfig<Custom> = Omit<NonNullable<Panel["fieldConfig"]>, "defaults"> & {
  defaults: Omit<NonNullable<Panel["fieldConfig"]>["defaults"], "custom"> & { custom?: Partial<Custom> };
};

type Of<Type, Options, Custom> = Omit<Panel, "type" | "options" | "fieldConfig" | "targets"> & {
  type: Type;
  options: Options;
  fieldConfig: FieldConfig<Custom>;
  targets: Target[];
};

type AnyPanel =
  | Of<"bargauge", BarGauge, Record<string, never>>
  | Of<"stat", Stat, Record<string, never>>
  | Of<"state-timeline", States, StatesField>
  | Of<"table", Table, TableField>
  | Of<"timeseries", Lines, LinesField>;

export type Ours = Plain<Omit<Dashboard, "panels"> & { panels: AnyPanel[] }>;
