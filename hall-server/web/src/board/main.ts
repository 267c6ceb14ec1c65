import "@smarthall/ui/tokens.css";
import "@smarthall/ui/reset.css";
import "./wall.css";
import { startAppearance, startLanguage } from "@smarthall/ui";
import { createApp } from "vue";
import { openBoard } from "../live";
import BoardPage from "./BoardPage.vue";

// A wall is dark, whatever the computer behind it prefers.
startAppearance("board", "dark");
void startLanguage();
const { live, client } = openBoard();
createApp(BoardPage, { live, client }).mount("#app");
