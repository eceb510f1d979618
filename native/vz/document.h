// Reads the JSON documents that come from TypeScript, which has validated them. What is missing or of another type all
// the same is a Failure that names the place.
#pragma once

#import <Foundation/Foundation.h>

#include <string>
#include <vector>

namespace tatin {

class Document {
 public:
  static Document Parse(const std::string& json);

  // Whether the key is there and not null.
  bool Has(NSString* key) const;
  Document Object(NSString* key) const;
  std::vector<Document> List(NSString* key) const;
  std::vector<std::string> Texts(NSString* key) const;
  NSString* Text(NSString* key) const;
  bool Flag(NSString* key) const;
  // A whole number that is not negative.
  uint64_t Whole(NSString* key) const;
  double Number(NSString* key) const;
  NSData* Base64(NSString* key) const;
  // An absolute path. `Folder` says so to NSURL, which else asks the disk.
  NSURL* File(NSString* key) const;
  NSURL* Folder(NSString* key) const;
  int Descriptor(NSString* key) const;

  // Throws that the key's value is none of those known here.
  [[noreturn]] void Unknown(NSString* key) const;

 private:
  Document(NSDictionary* fields, std::string place) : fields_(fields), place_(std::move(place)) {}
  id Value(NSString* key, Class wanted) const;
  std::string PlaceOf(NSString* key) const;

  NSDictionary* fields_;
  std::string place_;
};

// An object of Foundation's JSON types as text.
std::string JsonText(id object);

}  // namespace tatin
