using System.CommandLine;
using System.Text.Json;
using Kanade.Text;

namespace Kanade.Cli;

/// <summary><c>kanade phonemize</c>: what the frontend makes of a text, of a file's lines, or of standard input's. Loads no tensor library.</summary>
static class PhonemizeCommand
{
    public static Command Create(CommandContext context)
    {
        var text = new Argument<string?>("text") { Description = "What to read; without it and --file, the lines of standard input.", Arity = ArgumentArity.ZeroOrOne };
        var file = new Option<string?>("--file") { Description = "Texts, one a line; a line may begin with an id and a TAB.", HelpName = "txt|tsv" };
        var phonemes = new Option<string>("--phonemes") { Description = "The notation of the symbols: kanade or tsukasa.", DefaultValueFactory = _ => "kanade" };
        phonemes.AcceptOnlyFromAmong("kanade", "tsukasa");
        var json = VerbOptions.Json();
        var command = new Command("phonemize", "Show how a text is read: phrases, accents, symbols, ids.") { text, file, phonemes, json };
        var reading = new ReadingOptions();
        reading.AddTo(command);
        command.SetAction(parsed =>
        {
            var options = reading.Of(parsed) with { Phonemes = parsed.GetValue(phonemes) == "tsukasa" ? PhonemeNotation.Tsukasa : PhonemeNotation.Kanade };
            Run(context, Lines(context, parsed.GetValue(text), parsed.GetValue(file)), options, parsed.GetValue(json));
            return ExitCode.Done;
        });
        return command;
    }

    static IEnumerable<(string? Id, string Text)> Lines(CommandContext context, string? text, string? file)
    {
        if (text is not null && file is not null)
            throw new UsageException("give a text or --file, not both");
        if (text is not null)
            return [(null, text)];
        return file is not null ? File.ReadLines(file).Select(Split) : StandardInput(context).Select(line => ((string?)null, line));
    }

    static (string? Id, string Text) Split(string line) => line.Split('\t', 2) is [var id, var text] ? (id, text) : (null, line);

    static IEnumerable<string> StandardInput(CommandContext context)
    {
        while (context.Input.ReadLine() is { } line)
            yield return line;
    }

    static void Run(CommandContext context, IEnumerable<(string? Id, string Text)> lines, FrontendOptions options, bool json)
    {
        using var frontend = JapaneseFrontend.Open(options);
        foreach (var (id, text) in lines)
        {
            var result = frontend.Phonemize(text);
            if (json)
                context.WriteJson(writer => Write(writer, id, result));
            else
                context.Output.WriteLine(id is null ? result.Symbols : $"{id}\t{result.Symbols}");
            if (result.Unread.Count > 0)
                context.Screen.WriteLine($"{id ?? "text"}: no reading for {string.Join(", ", result.Unread.Select(piece => $"'{piece}'"))}");
        }
    }

    static void Write(Utf8JsonWriter writer, string? id, Phonemization result)
    {
        writer.WriteStartObject();
        if (id is not null)
            writer.WriteString("id", id);
        writer.WriteString("text", WellFormed(result.Text));
        writer.WriteStartArray("phrases");
        foreach (var phrase in result.Phrases)
        {
            writer.WriteStartObject();
            writer.WriteStartArray("moras");
            foreach (var mora in phrase.Moras)
            {
                writer.WriteStartObject();
                writer.WriteString("kana", mora.Kana);
                writer.WriteStartArray("phones");
                foreach (var phone in mora.Phones)
                    writer.WriteStringValue(phone);
                writer.WriteEndArray();
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
            writer.WriteNumber("nucleus", phrase.Nucleus);
            writer.WriteBoolean("pause_after", phrase.PauseAfter);
            writer.WriteString("punctuation", phrase.Punctuation);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WriteString("symbols", result.Symbols);
        writer.WriteStartArray("ids");
        foreach (var symbol in result.Ids)
            writer.WriteNumberValue(symbol);
        writer.WriteEndArray();
        writer.WriteStartArray("unread");
        foreach (var piece in result.Unread)
            writer.WriteStringValue(WellFormed(piece));
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    /// <summary>JSON has no half characters.</summary>
    static string WellFormed(string text) => string.Concat(text.EnumerateRunes().Select(rune => rune.ToString()));
}
