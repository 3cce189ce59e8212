/** All groups of rules. */
import { programAlerts } from './alerts/programs.ts';
import { storeAlerts } from './alerts/stores.ts';
import { workAlerts } from './alerts/work.ts';
import { recordingRules } from './recording-rules.ts';
import { type AlertRule, type RuleGroup } from './rule.ts';

export const alertGroups: readonly RuleGroup[] = [workAlerts, storeAlerts, programAlerts];
export const ruleGroups: readonly RuleGroup[] = [recordingRules, ...alertGroups];

/** All alerts. */
export const alerts: readonly AlertRule[] = alertGroups
  .flatMap(({ rules }) => rules)
  .filter((rule): rule is AlertRule => 'alert' in rule);

/** What rules record. */
export const recordedNames: readonly string[] = recordingRules.rules.flatMap((rule) =>
  'record' in rule ? [rule.record] : [],
);
