/** Where the toolbox hangs on the page: it and its tools are loaded when first asked for. */
import { html, nothing, type ReactiveController, type ReactiveControllerHost } from "lit";
import type { Session } from "../session.ts";
import type { Stage } from "../stage.ts";
import { MENU, toolOf } from "../tools/catalogue.ts";
import { anyNotes } from "../tools/notes.ts";

export class ToolGate implements ReactiveController {
  private files: File[] = [];
  private loaded: "no" | "asked" | "yes" = "no";

  constructor(
    private readonly host: ReactiveControllerHost & HTMLElement,
    private readonly session: Session,
  ) {
    host.addController(this);
  }

  hostConnected(): void {
    this.host.addEventListener("dragover", this.over);
    this.host.addEventListener("drop", this.drop);
  }

  hostDisconnected(): void {
    this.host.removeEventListener("dragover", this.over);
    this.host.removeEventListener("drop", this.drop);
  }

  /** Esc: from a tool to the list, from the list out. False: nothing was open. */
  leave(): boolean {
    const { tool } = this.session.state;
    if (tool === null) return false;
    this.session.store.set({ tool: tool === MENU ? null : MENU, toolSet: null });
    return true;
  }

  render(stage: Stage | null) {
    const { tool } = this.session.state;
    const wanted = tool !== null || anyNotes();
    if (!stage || !this.session.city.value || (!wanted && this.loaded === "no")) return nothing;
    if (this.loaded !== "yes") {
      if (this.loaded === "no") void this.load(stage);
      return nothing;
    }
    const files = this.files;
    this.files = [];
    return html`<cim-tools .session=${this.session} .stage=${stage} .files=${files}></cim-tools>`;
  }

  private async load(stage: Stage): Promise<void> {
    this.loaded = "asked";
    try {
      const { defineTools } = await import("./tools/toolbox.ts");
      defineTools();
      await stage.ready; // a tool works on layers that are there
      this.loaded = "yes";
    } catch (error) {
      this.loaded = "no";
      this.session.store.set({ tool: null, toolSet: null });
      this.session.fault("tools", String(error));
    }
    this.host.requestUpdate();
  }

  private readonly over = (event: DragEvent) => {
    if (event.dataTransfer?.types.includes("Files")) event.preventDefault();
  };

  /** A dropped file goes to the massing where that is open or the file is a model, else to the guests. */
  private readonly drop = (event: DragEvent) => {
    const files = [...(event.dataTransfer?.files ?? [])];
    if (files.length === 0) return;
    event.preventDefault();
    this.files = files;
    const open = this.session.state.tool;
    const model = files.some((file) => /\.glb$/i.test(file.name));
    const tool = model || (open === "massing" && toolOf(open)) ? "massing" : "guests";
    if (tool !== open) this.session.store.set({ tool, toolSet: null });
    this.host.requestUpdate();
  };
}
