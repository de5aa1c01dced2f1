using Kanade.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Training;

/// <summary>What the aligner's recogniser hears, and how far it is from the text.</summary>
public static class PhoneRecognition
{
    /// <summary>The best symbol of each frame, repetitions and blanks left out (greedy CTC decoding, Graves et al. 2006).</summary>
    /// <param name="logits">(A, V) of one utterance, its own frames alone.</param>
    public static string Greedy(Tensor logits)
    {
        using var scope = NewDisposeScope();
        var best = logits.argmax(1).data<long>().ToArray();
        return SymbolTable.SymbolsOf([SymbolTable.Pad, .. best.Where((symbol, i) => symbol != SymbolTable.Pad && (i == 0 || symbol != best[i - 1])).Select(s => (int)s), SymbolTable.Pad]);
    }

    /// <summary>Phones to be inserted, deleted or replaced, as a part of the text's; accents, gaps and pauses do not count.</summary>
    /// <param name="text">The symbols that were spoken.</param>
    /// <param name="heard">The symbols that were recognised.</param>
    public static double Error(string text, string heard)
    {
        var (errors, phones) = Errors(text, heard);
        return errors / (double)Math.Max(1, phones);
    }

    /// <summary>The same as counts, to be summed over utterances.</summary>
    public static (int Errors, int Phones) Errors(string text, string heard)
    {
        var phones = SymbolGroups.Phones(text);
        return (EditDistance.Of(phones, SymbolGroups.Phones(heard)), phones.Count);
    }
}
