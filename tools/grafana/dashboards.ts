/** All dashboards, by the name of their file. */
import { type Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { fleetDashboard } from './fleet.ts';
import { platformDashboard } from './platform.ts';
import { sweepDashboard } from './sweep.ts';

export const dashboardNames = ['sweep', 'fleet', 'platform'] as const;
export type DashboardName = (typeof dashboardNames)[number];

/** As Grafana's provisioning reads them. */
export function dashboards(): Readonly<Record<DashboardName, Dashboard>> {
  return {
    sweep: numbered(sweepDashboard()),
    fleet: numbered(fleetDashboard()),
    platform: numbered(platformDashboard()),
  };
}

/** Panels are addressed by number, queries by letter. */
function numbered(dashboard: Dashboard): Dashboard {
  const panels = dashboard.panels?.map((panel, index) => {
    const id = index + 1;
    if (!('targets' in panel)) return { ...panel, id };
    const targets = panel.targets?.map((target, at) => ({
      ...target,
      refId: String.fromCharCode('A'.charCodeAt(0) + at),
    }));
    return { ...panel, id, ...(targets && { targets }) };
  });
  return { ...dashboard, ...(panels && { panels }) };
}
