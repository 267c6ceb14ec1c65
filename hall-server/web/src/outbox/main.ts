import "@smarthall/ui/tokens.css";
import "@smarthall/ui/reset.css";
import { createApp } from "vue";
import { toLogin } from "../door";
import OutboxPage from "./OutboxPage.vue";
import { Outbox } from "./outbox";

createApp(OutboxPage, { outbox: new Outbox(undefined, toLogin) }).mount("#app");
