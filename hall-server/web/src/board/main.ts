import "@smarthall/ui/tokens.css";
import "@smarthall/ui/reset.css";
import "./wall.css";
import { startLanguage } from "@smarthall/ui";
import { createApp } from "vue";
import { openBoard } from "../live";
import BoardPage from "./BoardPage.vue";

void startLanguage();
const { live, client } = openBoard();
createApp(BoardPage, { live, client }).mount("#app");
