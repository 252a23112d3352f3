// Preloaded into a server of Node.js that would listen on every address of the machine.
const { Server } = require("node:net");

const { listen } = Server.prototype;
Server.prototype.listen = function (port, ...others) {
  return listen.call(this, port, "127.0.0.1", ...others.filter((other) => typeof other === "function"));
};
