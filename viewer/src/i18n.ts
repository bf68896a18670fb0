/** Words. Texts of the interface are keys in i18n/; texts of the data come as {zh, en}. */
import type { Language, Text } from "./api.ts";
import en from "./i18n/en.json";
import zh from "./i18n/zh.json";

/** One part of the page brings its words in a file of its own: i18n/parts/<part>.json, key → {zh, en}. */
const PARTS = import.meta.glob<Record<string, Text>>("./i18n/parts/*.json", {
  eager: true,
  import: "default",
});

function gather(language: Language, common: Record<string, string>): Record<string, string> {
  const all: Record<string, string> = { ...common };
  for (const part of Object.values(PARTS)) {
    for (const [key, text] of Object.entries(part)) all[key] = text[language] ?? "";
  }
  return all;
}

/** Every word of the interface by language and key. */
export const WORDS: Record<Language, Record<string, string>> = {
  zh: gather("zh", zh),
  en: gather("en", en),
};

export const LOCALES: Record<Language, string> = { zh: "zh-CN", en: "en-GB" };

/** The words of a key with {name} filled in; an unknown key comes back as itself. */
export function words(
  language: Language,
  key: string,
  params: Record<string, string | number> = {},
): string {
  const text = WORDS[language][key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(params[name] ?? whole));
}

export function hasWords(key: string): boolean {
  return Object.hasOwn(WORDS.zh, key);
}

/** The language's side of a text from the data; a missing side falls back to the other. */
export function pick(language: Language, text: Text | string | null | undefined): string {
  if (text === null || text === undefined) return "";
  if (typeof text === "string") return text;
  return text[language] || text[language === "zh" ? "en" : "zh"] || "";
}
