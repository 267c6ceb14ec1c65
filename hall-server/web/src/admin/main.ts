import "@smarthall/ui/tokens.css";
import "@smarthall/ui/reset.css";
import { createApp } from "vue";
import { openBoard } from "../live";
import AdminPage from "./AdminPage.vue";

const { live, client } = openBoard();
createApp(AdminPage, { live, client }).mount("#app");
