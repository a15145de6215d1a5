# Holds listening sockets as systemd does for a .socket unit, and starts a program on them again whenever it has ended.
#   perl socket-holder.pl 127.0.0.1:PORT|unix:/path[,MODE] … -- PROGRAM WORD …
# Prints the pid of each start. (systemd-socket-activate holds none: it becomes the program.)
use strict;
use IO::Socket::INET;
use IO::Socket::UNIX;
$| = 1;
$^F = 100; # what is opened from here on is inherited
my @sockets;
while (defined(my $address = shift)) {
  last if $address eq '--';
  if ($address =~ /^unix:([^,]+)(?:,(\d+))?$/) {
    push @sockets, IO::Socket::UNIX->new(Local => $1, Listen => 128) || die "$address: $!";
    chmod oct($2 || '0660'), $1;
  } else {
    push @sockets, IO::Socket::INET->new(LocalAddr => $address, Listen => 128, ReuseAddr => 1) || die "$address: $@";
  }
}
$sockets[0]->fileno == 3 or die 'the first descriptor is not 3';
while (1) {
  my $pid = fork;
  if (!$pid) {
    $ENV{LISTEN_PID} = $$;
    $ENV{LISTEN_FDS} = @sockets;
    $ENV{LISTEN_FDNAMES} = join ':', ('test.socket') x @sockets;
    exec @ARGV or die $!;
  }
  print "$pid\n";
  waitpid $pid, 0;
}
