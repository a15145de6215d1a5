/** Lines of a server block that serve the directory store; docs/how-to tells why each is there. */
export function mediaLocation(directory: string): string {
  return `location /media/ {
alias ${directory}/;
types { application/vnd.apple.mpegurl m3u8; application/dash+xml mpd; application/json json; text/vtt vtt; image/jpeg jpg; video/mp4 mp4 m4s; }
add_header Cache-Control "public, max-age=5" always;
add_header Access-Control-Allow-Origin * always;
}`
}
