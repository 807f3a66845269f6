package page

// french is Canadian French: no space before ; ! ?, a no-break space before a colon and inside guillemets.
var french = Words{
	Calls: "Appels", Devices: "Appareils", MainNav: "Principal", LanguageNav: "Langue", Skip: "Aller au contenu",

	Time: "Heure", Call: "Appel", Result: "Résultat", Duration: "Durée", LastResponse: "Dernière réponse", EndedBy: "Fin provoquée par", Audio: "Audio",
	To: "vers", Held: "en attente %s", Ringing: "sonnerie %s", Setup: "établissement %s", Talking: "conversation %s",
	NoReply: "aucune réponse", Unnamed: "inconnu",
	TheOtherSide: "l’autre côté", TheNetwork: "le réseau", TimeRanOut: "un délai",
	EventsMissing: Count{One: "%d événement manquant", Many: "%d événements manquants"},
	OlderCalls:    "Appels plus anciens", NewestCalls: "Appels les plus récents", TimesIn: "Heures en", CallsUpdated: "La liste des appels a changé.",
	Today: "Aujourd’hui", Yesterday: "Hier",

	AllCalls: "Tous les appels", Filter: "Filtrer", Apply: "Afficher", Number: "Numéro", Since: "Depuis",
	NothingYet: "Aucun appel n’a encore été consigné.", NothingMatches: "Aucun appel ne correspond.", ShowAll: "Afficher tous les appels",
	NotFound: "Il n’y a ni page ni appel de ce nom ici.", BackToCalls: "Retour aux appels",

	ThisDevice: "Cet appareil", OnlyFailed: "Appels échoués seulement",
	AnyTime: "toujours", LastHour: "une heure", LastDay: "un jour", LastWeek: "une semaine",
	Unreadable: "Les appels n’ont pas pu être lus. Le journal de l’agent dit pourquoi.", Occupied: "L’appareil prépare une autre page. Réessayez dans un instant.",
	Unread: Count{One: "%d enregistrement du journal est perdu ou illisible.", Many: "%d enregistrements du journal sont perdus ou illisibles."},

	WhatHappened: "Ce qui s’est passé", Messages: "Messages", Message: "Message", Parts: "Parties du déroulement de l’appel",
	TimeOfDay: "heure", Details: "détails", Copy: "copier", Copied: "copié",
	Hold: "attente", Resume: "reprise",
	Sent: "envoyé", Received: "reçu",
	ToldApart: "Se distingue par", ToldApartText: "CSeq %d et to-tag %s\u00a0: une modification de cet appel, et non un nouvel appel",
	UpdateText: "CSeq %d et to-tag %s\u00a0: un UPDATE modifie la session et laisse le dialogue tel quel, répondu ou non",
	Meaning:    "Signification", Offer: "Média", HeardBoth: "les deux côtés sont entendus", HeardOnly: "on n’entend que %s", HeardNobody: "on n’entend personne",
	Repeats: "Répété", Size: "Taille", Bytes: "%d octets", InTheStory: "Dans le récit", Evidence: "Preuves", EventN: "événement %d",
	NoRaw:  "L’appareil est réglé pour ne pas consigner le texte des messages.",
	RawCut: "Seule la première partie est affichée; l’exportation contient tout.", ShowMessage: "Afficher ce message", AsReceived: "Tel que reçu par %s",
	Keys:        "Les flèches déplacent la sélection.",
	EventRecord: "Événement", Nothing: "Rien n’a été consigné.",
	Download: "Télécharger cet appel :", Redacted: "Sans noms, numéros ni adresses :",
	SentAgain: Count{One: "renvoyé %d fois, regroupé avec celui-ci", Many: "renvoyé %d fois, regroupé avec celui-ci"},

	Device: "Appareil", State: "État", LastSeen: "Vu la dernière fois", Model: "Modèle", Agent: "Agent", Lines: "Lignes", Losses: "Pertes", Address: "Adresse",
	Ready: "prêt", Disconnected: "éteint", Lost: "perdu", Unknown: "inconnu", NoLosses: "aucune", Never: "jamais",
	LineUp: "enregistrée", LineRegistering: "s’enregistre", LineError: "non enregistrée", LineDisabled: "ne s’enregistre pas",
	NoDevices:  "Aucun appareil ne s’est encore manifesté.",
	EventsLost: Count{One: "%d événement perdu", Many: "%d événements perdus"},
}
