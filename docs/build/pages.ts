/** Reference pages that are made from the code, by their path in docs/. */
export type Pages = Readonly<Record<string, () => string | Promise<string>>>
