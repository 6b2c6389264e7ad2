import type { Records } from './records.ts';
import type { SenderParts } from './sending/send-event.ts';
import type { SettingParts } from './webhooks/webhook-settings.ts';

/** What the doors of the service call into. */
export interface Dispatcher extends SettingParts {
  readonly records: Records;
  readonly sender: SenderParts;
  /** There may be work for webhooks now. */
  readonly wake: () => void;
}
