/** The desks that come with the page, in the order of the bar. */
import { html } from "lit";
import { registerDesk } from "./seam.ts";

export function registerOurDesks(): void {
  registerDesk({ name: "indicators", icon: "chart", main: true });
  registerDesk({
    name: "projects",
    icon: "timeline",
    main: true,
    left: ({ session }) => html`<cim-projects class="desk" .session=${session}></cim-projects>`,
    right: ({ session }) =>
      html`<cim-rectification class="desk" .session=${session}></cim-rectification>`,
    bottom: ({ session }) => html`<cim-timeline .session=${session}></cim-timeline>`,
  });
  registerDesk({
    name: "tour",
    icon: "play",
    main: true,
    whole: ({ session, stage }) => html`<cim-tour .session=${session} .stage=${stage}></cim-tour>`,
  });
  registerDesk({
    name: "rectification",
    icon: "check",
    right: ({ session }) =>
      html`<cim-rectification class="desk" .session=${session}></cim-rectification>`,
  });
  registerDesk({
    name: "tasks",
    icon: "list",
    right: ({ session }) => html`<cim-tasks class="desk" .session=${session}></cim-tasks>`,
  });
  registerDesk({
    name: "whatif",
    icon: "branch",
    main: true,
    left: ({ session }) => html`<cim-ask .session=${session}></cim-ask>`,
    right: ({ session }) => html`<cim-answer class="desk" .session=${session}></cim-answer>`,
  });
  registerDesk({
    name: "quadrants",
    icon: "quadrants",
    right: ({ session }) => html`<cim-quadrants class="desk" .session=${session}></cim-quadrants>`,
  });
  registerDesk({
    name: "present",
    icon: "screen",
    whole: ({ session }) => html`<cim-present .session=${session}></cim-present>`,
  });
  registerDesk({
    name: "scenes",
    icon: "film",
    right: ({ session }) => html`<cim-scenes class="desk" .session=${session}></cim-scenes>`,
  });
}
