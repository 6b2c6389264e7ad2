import type { Lifecycle } from '../lifecycle.ts';
import { setTracer } from './trace.ts';
import type { TracingSettings } from './tracing-settings.ts';

/**
 * Has the process make spans and send them, when there is an endpoint. OpenTelemetry is loaded only then. Spans wait in a queue
 * of 2,048 and are dropped when it is full: an endpoint that is away or slow costs requests nothing.
 */
export async function startTracing(
  life: Lifecycle,
  service: string,
  settings: TracingSettings,
): Promise<void> {
  if (settings.OTEL_EXPORTER_OTLP_ENDPOINT === undefined) return;
  const { openTracer } = await import('./open-tracer.ts');
  const { tracer, close } = openTracer(life, service, settings);
  setTracer(tracer);
  life.onShutdown('traces', async () => {
    setTracer(undefined);
    await close();
  });
}
