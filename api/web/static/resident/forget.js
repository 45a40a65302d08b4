// Whoever signs in or has signed out leaves no page of somebody's rides behind on this device.

window.caches?.delete("rides").catch(() => {});
