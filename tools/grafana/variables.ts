/** What a viewer may choose at the top of a dashboard. */
import {
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  TextBoxVariableBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';

/** The chosen Prometheus, as panels refer to it. */
export const dataSource = { type: 'prometheus', uid: '${datasource}' };

export function dataSourceVariable(): DatasourceVariableBuilder {
  return new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus');
}

/** One sweep of those that had series within the time range. */
export function sweepVariable(): QueryVariableBuilder {
  return new QueryVariableBuilder('sweep')
    .label('Sweep')
    .datasource(dataSource)
    .query('label_values(honyaku_sweep_info, sweep)')
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc);
}

/** Where a browser reaches the API, for links to its pages. */
export function apiVariable(): TextBoxVariableBuilder {
  return new TextBoxVariableBuilder('api')
    .label('API')
    .description('Address of the API as your browser reaches it; links lead there')
    .defaultValue('http://127.0.0.1:7400');
}
