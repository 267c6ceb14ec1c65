import "@smarthall/ui/tokens.css";
import "@smarthall/ui/reset.css";
import "./wall.css";
import { LinkClient, turnLanguages } from "@smarthall/ui";
import { createApp } from "vue";
import LaidOut from "./LaidOut.vue";
import { openScreen, windowScreen } from "./screen";
import WindowPage from "./WindowPage.vue";

const screen = windowScreen(location.search);
const client = new LinkClient();
const state = openScreen(client, screen);

turnLanguages();
createApp(LaidOut, { builtIn: WindowPage, client, screen, state }).mount("#app");
client.connect();
