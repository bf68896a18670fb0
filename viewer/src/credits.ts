/** Credits that say the same once: sources repeat each other's words. Pure. */

const LICENCES =
  /\b(cc0(?:-1\.0)?|cc[- ]by(?:[- ](?:sa|nc|nd))*(?:[- ]\d\.\d)?|odbl(?:-\d\.\d)?|odc[- ]by)\b/gi;
const SMALL_WORDS = new Set(["a", "an", "and", "by", "from", "of", "the", "under"]);

function licencesOf(line: string): string {
  const found = line.toLowerCase().match(LICENCES) ?? [];
  const plain = found.map((name) => name.replace(/[- ]\d\.\d$/, "").replaceAll(" ", "-"));
  return [...new Set(plain)].sort().join(" ");
}

/** The words that make a credit what it is, in any order. */
function wordsOf(line: string): string {
  const words =
    line
      .toLowerCase()
      .replace(LICENCES, " ")
      .match(/[\p{L}\p{N}]+/gu) ?? [];
  return [...new Set(words)]
    .filter((word) => !SMALL_WORDS.has(word))
    .sort()
    .join(" ");
}

/**
 * Lines of the same words are one, the fullest; a line that names no licence joins one that does.
 * Different licences stay apart, and so does every word more.
 */
export function mergeCredits(lines: readonly string[]): string[] {
  const kept: { line: string; words: string; licence: string }[] = [];
  for (const line of lines) {
    if (!line.trim()) continue;
    const [words, licence] = [wordsOf(line), licencesOf(line)];
    const same = kept.find(
      (item) => item.words === words && (!item.licence || !licence || item.licence === licence),
    );
    if (!same) kept.push({ line, words, licence });
    else if (
      (licence && !same.licence) ||
      (licence === same.licence && line.length > same.line.length)
    ) {
      Object.assign(same, { line, licence });
    }
  }
  return kept.map((item) => item.line);
}
