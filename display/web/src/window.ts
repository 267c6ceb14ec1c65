import "@smarthall/ui/tokens.css";
import "@smarthall/ui/reset.css";
import "./wall.css";
import { LinkClient } from "@smarthall/ui";
import { createApp } from "vue";
import { openScreen, windowScreen } from "./screen";
import WindowPage from "./WindowPage.vue";

const screen = windowScreen(location.search);
const client = new LinkClient();
const state = openScreen(client, screen);

createApp(WindowPage, { client, screen, state }).mount("#app");
client.connect();
