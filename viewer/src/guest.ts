/** Rules for a view that is a host's own: what of ours is drawn there, and how high. */

export interface Guest {
  /** whether our ground, water, green and roads are drawn; a host with a globe has its own */
  context: boolean;
  /** whether the flat surfaces of blocks and districts are drawn */
  surfaces: boolean;
  /** metres by which all of ours is lifted, such as from one datum of heights to another */
  heightOffset: number;
}
