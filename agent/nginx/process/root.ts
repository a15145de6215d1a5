/** Whether this process may signal Nginx, and test its configuration, by itself. */
export function isRoot(): boolean {
  return process.geteuid?.() === 0
}
