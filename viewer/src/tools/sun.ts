/**
 * Where the sun stands. Formulas: NOAA Solar Calculator (after Meeus, Astronomical Algorithms, ch. 25),
 * good to about 0.01 degrees between 1900 and 2100; refraction is left out, since shadows follow the
 * geometric ray closely enough above a few degrees.
 */
const RAD = Math.PI / 180;

export interface Sun {
  /** degrees clockwise from north */
  azimuth: number;
  /** degrees above the horizon */
  altitude: number;
}

/** Hours ahead of UTC that the longitude's own zone keeps: 15 degrees an hour. */
export function zoneOf(lon: number): number {
  return Math.round(lon / 15);
}

/** The instant of a local date (YYYY-MM-DD) and hour (0 … 24, fractions are minutes). */
export function instantOf(date: string, hour: number, zone: number): Date {
  return new Date(Date.parse(`${date}T00:00:00Z`) + (hour - zone) * 3_600_000);
}

export function sunAt(instant: Date, lon: number, lat: number): Sun {
  const day = instant.getTime() / 86_400_000 + 2440587.5;
  const t = (day - 2451545) / 36525;
  const mean = (280.46646 + t * (36000.76983 + t * 0.0003032)) % 360;
  const anomaly = (357.52911 + t * (35999.05029 - 0.0001537 * t)) * RAD;
  const round = 0.016708634 - t * (0.000042037 + 0.0000001267 * t);
  const centre =
    Math.sin(anomaly) * (1.914602 - t * (0.004817 + 0.000014 * t)) +
    Math.sin(2 * anomaly) * (0.019993 - 0.000101 * t) +
    Math.sin(3 * anomaly) * 0.000289;
  const node = (125.04 - 1934.136 * t) * RAD;
  const apparent = (mean + centre - 0.00569 - 0.00478 * Math.sin(node)) * RAD;
  const tilt =
    (23 +
      (26 + (21.448 - t * (46.815 + t * (0.00059 - t * 0.001813))) / 60) / 60 +
      0.00256 * Math.cos(node)) *
    RAD;
  const declination = Math.asin(Math.sin(tilt) * Math.sin(apparent));
  const minutes = equationOfTime(tilt, mean * RAD, round, anomaly);
  const utc = (instant.getTime() / 60_000) % 1440;
  const angle = ((utc + minutes + 4 * lon) / 4 - 180) * RAD;
  return horizontal(angle, declination, lat * RAD);
}

/** Minutes by which the sundial is ahead of the clock. */
function equationOfTime(tilt: number, mean: number, round: number, anomaly: number): number {
  const y = Math.tan(tilt / 2) ** 2;
  const sum =
    y * Math.sin(2 * mean) -
    2 * round * Math.sin(anomaly) +
    4 * round * y * Math.sin(anomaly) * Math.cos(2 * mean) -
    0.5 * y * y * Math.sin(4 * mean) -
    1.25 * round * round * Math.sin(2 * anomaly);
  return (4 * sum) / RAD;
}

function horizontal(angle: number, declination: number, lat: number): Sun {
  const altitude = Math.asin(
    Math.sin(lat) * Math.sin(declination) + Math.cos(lat) * Math.cos(declination) * Math.cos(angle),
  );
  const azimuth = Math.atan2(
    -Math.sin(angle),
    Math.cos(lat) * Math.tan(declination) - Math.sin(lat) * Math.cos(angle),
  );
  return { azimuth: (azimuth / RAD + 360) % 360, altitude: altitude / RAD };
}

/** Length of the shadow of something one metre high on flat ground; null when the sun is down. */
export function shadowPerMetre(sun: Sun): number | null {
  return sun.altitude > 0.5 ? 1 / Math.tan(sun.altitude * RAD) : null;
}
