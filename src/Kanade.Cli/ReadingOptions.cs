using System.CommandLine;
using Kanade.Text;

namespace Kanade.Cli;

/// <summary>How texts are read: the options of every verb that reads any.</summary>
sealed class ReadingOptions
{
    const string Rules = "rules", Learned = "learned", Context = "context", Dictionary = "dictionary";

    readonly Option<string?> _dictionary = new("--dictionary") { Description = "The Japanese dictionary's folder, where it is not in a usual place.", HelpName = "folder" };
    readonly Option<string[]> _words = new("--user-dictionary")
    {
        Description = "Words of your own, a line each: surface,reading,accent[,pos]; may be repeated.",
        HelpName = "csv",
        DefaultValueFactory = _ => [],
    };
    readonly Option<string> _accent = new("--accent") { Description = "What decides on accents: learned or rules.", DefaultValueFactory = _ => Learned };
    readonly Option<string?> _model = new("--accent-model") { Description = "An accent model of your own (kanade pretrain accent).", HelpName = "file" };
    readonly Option<string?> _heteronyms = new("--reading-model") { Description = "A model of readings of your own (kanade pretrain readings).", HelpName = "file" };
    readonly Option<string?> _readings = new("--readings")
    {
        Description = "Tell words written alike apart by context, or read as the dictionary alone does (what --accent rules means without it: Open JTalk's way throughout).",
        HelpName = $"{Context}|{Dictionary}",
    };

    public ReadingOptions()
    {
        _accent.AcceptOnlyFromAmong(Learned, Rules);
        _readings.AcceptOnlyFromAmong(Context, Dictionary);
    }

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _dictionary, _words, _accent, _model, _readings, _heteronyms })
            command.Options.Add(option);
    }

    public FrontendOptions Of(ParseResult parsed)
    {
        var rules = parsed.GetValue(_accent) == Rules;
        return new FrontendOptions(
            parsed.GetValue(_dictionary), rules ? AccentSource.Rules : AccentSource.Learned, parsed.GetValue(_model),
            ReadByContext: (parsed.GetValue(_readings) ?? (rules ? Dictionary : Context)) == Context, parsed.GetValue(_words), parsed.GetValue(_heteronyms));
    }
}
