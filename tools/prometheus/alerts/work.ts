/** Alerts about sweeps, trials and the queues that carry them. */
import { alert, type RuleGroup } from '../rule.ts';

export const workAlerts: RuleGroup = {
  name: 'honyaku-work',
  rules: [
    alert({
      alert: 'HonyakuQueueStuck',
      severity: 'critical',
      for: '5m',
      // Jobs of workers may wait for long while all workers are busy; those of the API are over in seconds.
      expr: '(max by (queue) (honyaku_queue_oldest_waiting_seconds{queue=~"preprocess|trials"}) > 600 and on (queue) max by (queue) (max_over_time(honyaku_queue_jobs{state="active"}[10m])) == 0 and on () honyaku:workers_up:sum > 0) or max by (queue) (honyaku_queue_oldest_waiting_seconds{queue=~"control|webhooks"}) > 300',
      summary: 'Nobody takes the jobs of the queue {{ $labels.queue }}',
      description:
        'The next job of the queue {{ $labels.queue }} has waited for {{ $value | humanizeDuration }}, and nothing of the queue is under way.',
    }),
    alert({
      alert: 'HonyakuNoWorker',
      severity: 'critical',
      for: '15m',
      expr: 'sum(max by (role) (honyaku_demand_workers)) > 0 and on () honyaku:workers_up:sum == 0',
      summary: 'There is work and no worker',
      description:
        '{{ $value }} workers would have work at once, and Prometheus has reached none for 15 minutes.',
    }),
    alert({
      alert: 'HonyakuSweepUnreadable',
      severity: 'warning',
      for: '2m',
      expr: 'max(honyaku_unreadable_sweeps) > 0',
      summary: '{{ $value }} sweeps cannot be read',
      description:
        'An object of {{ $value }} sweeps is missing or damaged, and the API leaves them out. All others go on. /readyz and the log name each sweep and the object.',
    }),
    alert({
      alert: 'HonyakuMessagesIgnored',
      severity: 'warning',
      for: '0m',
      expr: 'sum by (channel) (increase(honyaku_ignored_messages_total[15m])) > 0',
      summary: 'Messages of {{ $labels.channel }} could not be read',
      description:
        'Processes of honyaku have ignored messages of {{ $labels.channel }} that they could not read: processes of versions that do not go together, or somebody else writes to this Redis.',
    }),
    alert({
      alert: 'HonyakuLossNotFinite',
      severity: 'warning',
      for: '0m',
      expr: 'max by (sweep) (honyaku_sweep_diverged_trials) > 0',
      summary: 'Trials of {{ $labels.sweep }} have diverged',
      description:
        'The last loss of {{ $value }} trials of the sweep {{ $labels.sweep }} is not a finite number. They have failed and rank worst; the sweep goes on.',
    }),
    alert({
      alert: 'HonyakuJobLost',
      severity: 'warning',
      for: '0m',
      expr: 'max by (sweep) (honyaku_sweep_trials{state="lost"}) > 0',
      summary: 'Trials of {{ $labels.sweep }} are lost',
      description:
        '{{ $value }} trials of the sweep {{ $labels.sweep }} were given up because what they need did not answer for hours. Their committed epochs are kept.',
    }),
  ],
};
