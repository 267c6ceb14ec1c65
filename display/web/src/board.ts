import "@smarthall/ui/tokens.css";
import "@smarthall/ui/reset.css";
import "./wall.css";
import { LinkClient, turnLanguages } from "@smarthall/ui";
import { createApp } from "vue";
import BoardPage from "./BoardPage.vue";
import LaidOut from "./LaidOut.vue";
import { boardScreen, openScreen } from "./screen";
import { speak } from "./speaker";

const screen = boardScreen(location.search);
const client = new LinkClient();
const state = openScreen(client, screen);
const speaker = screen.sound ? speak(client) : undefined;

turnLanguages();
createApp(LaidOut, { builtIn: BoardPage, client, screen, state, speaker }).mount("#app");
client.connect();
