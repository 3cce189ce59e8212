/** Every file that is generated from the dashboards, rules and metrics, by its path from the root. */
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { metricsPage } from './metrics-page.ts';
import { recordingRules } from './rule.ts';
import { prometheusRule, ruleFile, alertGroups, ruleGroups } from './rules.ts';
import { dashboards } from '../grafana/dashboards.ts';

const root = join(import.meta.dirname, '..', '..');
const monitoring = 'k8s/components/monitoring';

export interface GeneratedFile {
  readonly path: string;
  readonly text: string;
}

/** As they should be, formatted as everything else. */
export function generatedFiles(): Promise<GeneratedFile[]> {
  // kustomize reads nothing outside its folder, so compose.yaml mounts the dashboards from there.
  const ofDashboards = Object.entries(dashboards()).map(([name, dashboard]) => ({
    path: `${monitoring}/dashboards/${name}.json`,
    text: JSON.stringify(dashboard),
  }));
  const files = [
    ...ofDashboards,
    { path: 'infra/prometheus/rules/recording.yaml', text: ruleFile([recordingRules]) },
    { path: 'infra/prometheus/rules/alerts.yaml', text: ruleFile(alertGroups) },
    { path: `${monitoring}/prometheus-rule.yaml`, text: prometheusRule(ruleGroups) },
    { path: 'docs/metrics.md', text: metricsPage() },
  ];
  return Promise.all(files.map(formatted));
}

/** Where a generated file lies on this machine. */
export function absolute(path: string): string {
  return join(root, path);
}

async function formatted({ path, text }: GeneratedFile): Promise<GeneratedFile> {
  const filepath = absolute(path);
  const config = await resolveConfig(filepath);
  return { path, text: await format(text, { ...config, filepath }) };
}
