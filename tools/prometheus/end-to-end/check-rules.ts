/** promtool's opinion of the configuration, the rules and their unit tests. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { absolute } from '../../grafana/generated-files.ts';
import { type Report } from '../../command-line/report.ts';
import { run } from '../../setup/command.ts';
import { prometheusPrograms } from '../../setup/prometheus.ts';

const rules = absolute('infra/prometheus/rules');
const seconds = 300;

export async function checkRules(configFile: string, report: Report): Promise<void> {
  const { promtool } = await prometheusPrograms();
  await report.attempt('promtool accepts the configuration and the rules', async () => {
    await run(promtool, ['check', 'config', configFile], { seconds });
    return '';
  });
  await report.attempt('the unit tests of the rules pass', async () => {
    const tests = (await readdir(join(rules, 'tests'))).map((name) => join(rules, 'tests', name));
    await run(promtool, ['test', 'rules', ...tests], { seconds });
    return `${tests.length} files`;
  });
}
