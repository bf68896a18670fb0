/** The keeper of ECharts: only lines and bars, loaded when the first chart is opened. */

export interface Chart {
  setOption(option: Record<string, unknown>, replace: boolean): void;
  dispose(): void;
}

let ready: Promise<(place: HTMLElement) => Chart> | null = null;

export function loadChart(): Promise<(place: HTMLElement) => Chart> {
  ready ??= load();
  return ready;
}

async function load(): Promise<(place: HTMLElement) => Chart> {
  const { init } = await import("./echarts.ts");
  return (place) => init(place, null, { renderer: "svg" });
}
