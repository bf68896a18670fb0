/** One indicator of one unit over the years, with its standard. */
import { css, html, type PropertyDeclarations, type PropertyValues } from "lit";
import type { UnitIndicator } from "../api.ts";
import { base } from "../style/base.ts";
import { type Chart, loadChart } from "./chart.ts";
import { Panel } from "./panel.ts";

export class TrendChart extends Panel {
  static override properties: PropertyDeclarations = {
    ...Panel.properties,
    item: { attribute: false },
  };
  declare item: UnitIndicator;
  private chart: Chart | null = null;

  static override styles = [
    base,
    css`
      div {
        height: 8.5rem;
        margin: 0.25rem 0 0.375rem;
      }
    `,
  ];

  override render() {
    const said = this.item.trend
      .map((point) => `${point.year} ${this.amount(point.value, this.item.unit, point.state)}`)
      .join("; ");
    return html`<div role="img" aria-label=${`${this.tx(this.item.name)}: ${said}`}></div>`;
  }

  protected override updated(_changed: PropertyValues): void {
    void this.draw();
  }

  private async draw(): Promise<void> {
    const place = this.renderRoot.querySelector("div");
    if (!place) return;
    const make = await loadChart();
    if (!this.isConnected) return;
    this.chart ??= make(place);
    this.chart.setOption(this.option(), true);
  }

  /** Every checkup year since the first value; a year without one stays as a gap. */
  private points(): { year: number; value: number | null }[] {
    const { trend } = this.item;
    const first = Math.min(...trend.map((point) => point.year));
    const known = new Map(trend.map((point) => [point.year, point.value]));
    const years = (this.session.city.value?.years ?? []).map((item) => item.year);
    return years
      .filter((year) => year >= first)
      .map((year) => ({ year, value: known.get(year) ?? null }));
  }

  private option(): Record<string, unknown> {
    const look = getComputedStyle(this);
    const tone = (name: string) => look.getPropertyValue(name).trim();
    const font = { fontFamily: look.fontFamily, fontSize: 11, color: tone("--ink-3") };
    const { standard, unit } = this.item;
    const trend = this.points();
    const years = trend.map((point) => String(point.year));
    const limit = standard?.value ?? null;
    const series: Record<string, unknown>[] = [
      {
        type: "line",
        data: trend.map((point) => point.value),
        symbolSize: 6,
        lineStyle: { width: 2, color: tone("--ink") },
        itemStyle: { color: tone("--ink") },
        label: {
          show: true,
          ...font,
          color: tone("--ink-2"),
          formatter: (at: { value: number | null }) => this.num(at.value),
        },
      },
    ];
    if (limit !== null) {
      series.push({
        type: "line",
        data: years.map(() => limit),
        symbol: "none",
        silent: true,
        lineStyle: { width: 1.5, type: "dashed", color: tone("--ink-3") },
      });
    }
    return {
      animation: false,
      grid: { left: 4, right: 10, top: 22, bottom: 2, containLabel: true },
      xAxis: {
        type: "category",
        data: years,
        axisLine: { lineStyle: { color: tone("--line-2") } },
        axisTick: { show: false },
        axisLabel: font,
      },
      yAxis: {
        type: "value",
        scale: true,
        splitNumber: 3,
        axisLabel: font,
        splitLine: { lineStyle: { color: tone("--line") } },
        name: unit ? this.coded("unit", unit) : "",
        nameTextStyle: { ...font, align: "left" },
      },
      series,
    };
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.chart?.dispose();
    this.chart = null;
  }
}
