/** Labels that are not yet distinct get a number: the names in a group of renditions must differ. */
export function distinctLabels(labels: readonly string[]): string[] {
  const taken = new Set<string>()
  return labels.map((label) => {
    let name = label
    for (let number = 2; taken.has(name); number++) name = `${label} ${number}`
    taken.add(name)
    return name
  })
}
